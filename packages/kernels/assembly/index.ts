/** The module's exports. See `jobs.ts` for what can be run, `threads.ts` for how. */
export { runJob } from './jobs';
export { sample, samplerPackDense, samplerPackLayer } from './sampler';
export { fork, ready, stop, work } from './threads';
