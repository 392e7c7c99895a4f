/**
 * Prevents tfjs from printing its advice to install tfjs-node when its CPU backend is first used.
 *
 * tfjs prints it through its own logger, which production mode silences. In Node that mode affects nothing
 * else (tfjs-core 4.22, `log.ts`, `flags.ts`). Call it before the first tensor. The app itself reports the
 * backend and the reason. A command's help does not load tfjs.
 */
export async function quietTensorflow(): Promise<void> {
  const { enableProdMode } = await import('@tensorflow/tfjs-core');
  enableProdMode();
}
