import { enableProdMode } from '@tensorflow/tfjs-core';

/**
 * Keeps tfjs from printing its advice to install tfjs-node when its CPU backend is first used.
 *
 * tfjs prints it through its own logger, which production mode silences and which that mode alone affects in
 * Node (tfjs-core 4.22, `log.ts`, `flags.ts`). Call it before the first tensor. What backend runs, and why,
 * the app says itself.
 */
export function quietTensorflow(): void {
  enableProdMode();
}
