/**
 * Executors that run jobs in place of the WebAssembly module, on its memory: the native kernels, which Node's
 * entry provides (src/native).
 */
import type { Job } from '../../generated/abi';
import type { BufferSizes } from './buffer-sizes';

/** The executor, and the reason for its choice. */
export interface ExecutorInfo {
  readonly name: 'native' | 'webassembly';
  /**
   * The instruction set and the jobs that still run in WebAssembly, or the reason why there is no native
   * executor.
   */
  readonly reason: string;
}

export interface JobExecutor {
  /** Number of threads that compute, including the calling one. */
  readonly threads: number;
  /** Whether the executor implements the job. Other jobs run in WebAssembly. */
  has(job: Job): boolean;
  /** The buffer sizes of a job, in whichever executor it runs. */
  sizes(job: Job): BufferSizes;
  /** Sets the memory; called again after each growth. */
  attach(buffer: ArrayBufferLike): void;
  /** Runs a job. Returns undefined, or the error as text; after an error nothing has been written. */
  run(job: Job, record: number, threads: number): string | undefined;
  /** Runs a list of jobs in the memory. Returns the position and the error of the first job that failed. */
  runJobs(table: number, count: number): { place: number; problem: string } | undefined;
  longWaits(): number;
  /** Ends the threads. A sampler that outlives the backend continues on the calling thread. */
  close(): void;
}
