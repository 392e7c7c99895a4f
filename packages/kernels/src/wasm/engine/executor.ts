/**
 * What may compute jobs in place of the WebAssembly module, over its memory: the native kernels, which the
 * entry for Node brings (src/native).
 */
import type { Job } from '../../generated/abi';
import type { BufferSizes } from './buffer-sizes';

/** What computes, and why that. */
export interface ExecutorInfo {
  readonly name: 'native' | 'webassembly';
  /** The instruction set, or why nothing native computes, and what of a model is left to WebAssembly. */
  readonly reason: string;
}

export interface JobExecutor {
  /** Threads that compute, the calling one included. */
  readonly threads: number;
  /** Whether it computes the job; WebAssembly does otherwise. */
  has(job: Job): boolean;
  /** The sizes of the buffers of a job, whoever computes it. */
  sizes(job: Job): BufferSizes;
  /** Takes the memory; again after each growth. */
  attach(buffer: ArrayBufferLike): void;
  /** The error, in words, in which case nothing is written; undefined when the job is done. */
  run(job: Job, record: number, threads: number): string | undefined;
  /**
   * Runs a list of jobs that lies in the memory; the place of the first that is not done, and what was wrong
   * with it.
   */
  runJobs(table: number, count: number): { place: number; problem: string } | undefined;
  longWaits(): number;
  /** Ends the threads; the calling one goes on alone, for a sampler that outlives the backend. */
  close(): void;
}
