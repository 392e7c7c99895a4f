/**
 * Prevents tfjs from printing its advice to install tfjs-node when its CPU backend is used first.
 *
 * tfjs prints the advice with its logger, which production mode silences. In Node, that mode has no other
 * effect (tfjs-core 4.22, `log.ts`, `flags.ts`). Call it before the first tensor is created. The app itself
 * reports the backend and the reason. A command's help does not load tfjs.
 */
export async function quietTensorflow(): Promise<void> {
  const { enableProdMode } = await import('@tensorflow/tfjs-core');
  enableProdMode();
}
