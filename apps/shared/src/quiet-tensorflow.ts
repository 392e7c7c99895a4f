/**
 * Keeps tfjs from printing its advice to install tfjs-node when its CPU backend is first used.
 *
 * tfjs prints it through its own logger, which production mode silences and which that mode alone affects in
 * Node (tfjs-core 4.22, `log.ts`, `flags.ts`). Call it before the first tensor. What backend runs, and why,
 * the app says itself. A command's help does not need tfjs and does not load it.
 */
export async function quietTensorflow(): Promise<void> {
  const { enableProdMode } = await import('@tensorflow/tfjs-core');
  enableProdMode();
}
