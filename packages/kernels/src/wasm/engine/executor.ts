/**
 * The executors of jobs in place of the WebAssembly module, over its memory: the native kernels, which Node's
 * entry provides (src/native).
 */
import type { Job } from '../../generated/abi';
import type { BufferSizes } from './buffer-sizes';

/** The executor, and the reason. */
export interface ExecutorInfo {
  readonly name: 'native' | 'webassembly';
  /**
   * The instruction set, or the reason why no native executor runs, and the jobs of a model that are left to
   * WebAssembly.
   */
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
  /** The error as text, in which case nothing is written; undefined when the job is done. */
  run(job: Job, record: number, threads: number): string | undefined;
  /**
   * Runs a list of jobs in the memory; returns the position of the first failed job, and its error.
   */
  runJobs(table: number, count: number): { place: number; problem: string } | undefined;
  longWaits(): number;
  /** Ends the threads; the calling thread continues alone, for a sampler that outlives the backend. */
  close(): void;
}
