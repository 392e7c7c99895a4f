/** The module's exports. `jobs.ts` lists the jobs, and `threads.ts` runs them. */
export { longWaits, outcome } from './barrier';
export { FINGERPRINT } from './generated/abi';
export { runJob } from './jobs';
export { awaitShares, fork, isGone, leave, ready, runJobs, stop, work } from './threads';
export { samplerPackBias, samplerPackDense, samplerPackKernel } from './unit-blocks';
export { isRelaxed } from './vector-math';
