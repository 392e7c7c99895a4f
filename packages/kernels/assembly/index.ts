/** The module's exports. See `jobs.ts` for what can be run, `threads.ts` for how. */
export { longWaits } from './barrier';
export { runJob } from './jobs';
export { fork, ready, stop, work } from './threads';
export { samplerPackBias, samplerPackDense, samplerPackKernel } from './unit-blocks';
