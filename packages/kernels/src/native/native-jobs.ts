/**
 * The native executor. It runs jobs in machine code on the memory of the WebAssembly module. load.ts finds
 * it.
 */
import { Job } from '../generated/abi';
import { type BufferSizes, WASM_SIZES } from '../wasm/engine/buffer-sizes';
import type { JobExecutor } from '../wasm/engine/executor';

/** The add-on's executor (packages/native/src/addon.cc). */
export interface NativeExecutor {
  /** Number of floats in a vector. */
  readonly lanes: number;
  readonly instructionSet: string;
  /** The numbers of the jobs that the add-on implements. */
  readonly jobs: readonly number[];
  /** Sets the memory; called again after each growth. */
  attach(view: Uint8Array): void;
  /** Runs a job. Returns 0, or an error code; after an error nothing has been written. */
  run(job: number, record: number, threads: number): number;
  /**
   * Runs a list of `count` jobs; returns 0, or the error of the first that failed plus eight times its index.
   */
  runJobs(table: number, count: number): number;
  /** The record's field that was invalid in the last failed run. */
  problem(): string;
  longWaits(): number;
  close(): void;
}

/**
 * Creates an executor for `threads` threads, or returns a line with the reason why there is none.
 *
 * @param isAsked whether the program requires the native executor, rather than merely allowing it
 */
export type NativeLoader = (threads: number, isAsked: boolean) => NativeExecutor | string;

/**
 * The buffer sizes of a native executor with `lanes` lanes in a vector. The executor has its own scratch
 * memory.
 */
function nativeSizes(lanes: number): BufferSizes {
  const padded = (units: number) => Math.ceil(units / lanes) * lanes;
  return {
    paddedColumns: padded,
    packedKernelFloats: (gates, units, inputSize) => gates * padded(units) * inputSize,
    packedRecurrentFloats: (gates, units) => gates * padded(units) * units,
    reserveWidth: (reserved, units) => reserved * padded(units),
    // The same formula as `slotAt` in packages/native/src/sequence.h.
    reserveRuns(reserved, units) {
      const block = Array.from({ length: reserved >> 1 }, () => 2 * lanes);
      if (reserved % 2 > 0) block.push(lanes);
      return Array.from({ length: padded(units) / lanes }, () => block).flat();
    },
    productScratchBytes: 0,
    weightScratchBytes: () => 0,
    sequenceScratchBytes: () => 0,
    patchScratchBytes: () => 0,
    filterScratchBytes: () => 0,
  };
}

/**
 * Jobs that share opaque buffers have numbers of the same ten. All jobs of a training pass must run in one
 * executor, so an executor that lacks one job of a ten uses none of them.
 */
const familyOf = (job: number) => Math.floor(job / 10);

/** The groups of ten job numbers that the executor implements completely. */
export function nativeFamilies({ jobs }: Pick<NativeExecutor, 'jobs'>): Set<number> {
  const lacking = new Set(
    Object.values(Job)
      .filter((job) => !jobs.includes(job))
      .map(familyOf),
  );
  return new Set(
    Object.values(Job)
      .map(familyOf)
      .filter((family) => !lacking.has(family)),
  );
}

/** Names of the jobs that run in WebAssembly. */
export function lackingJobs(families: ReadonlySet<number>): Job[] {
  return (Object.keys(Job) as Job[]).filter((name) => !families.has(familyOf(Job[name])));
}

/** A native executor that runs on a memory. */
export class NativeJobs implements JobExecutor {
  threads: number;
  private readonly numbers = new Set<number>();
  private readonly own: BufferSizes;
  /** Jobs that run in WebAssembly. */
  readonly lacking: readonly Job[];

  constructor(
    private readonly executor: NativeExecutor,
    threads: number,
  ) {
    this.threads = threads;
    const families = nativeFamilies(executor);
    for (const number of Object.values(Job)) if (families.has(familyOf(number))) this.numbers.add(number);
    this.lacking = lackingJobs(families);
    this.own = nativeSizes(executor.lanes);
  }

  get instructionSet(): string {
    return this.executor.instructionSet;
  }

  has(job: Job): boolean {
    return this.numbers.has(Job[job]);
  }

  sizes(job: Job): BufferSizes {
    return this.has(job) ? this.own : WASM_SIZES;
  }

  attach(buffer: ArrayBufferLike): void {
    this.executor.attach(new Uint8Array(buffer));
  }

  run(job: Job, record: number, threads: number): string | undefined {
    const outcome = this.executor.run(Job[job], record, threads);
    return outcome === 0 ? undefined : this.wrong(outcome);
  }

  /** Runs a list of jobs. Returns the position of the first job that failed, and the reason. */
  runJobs(table: number, count: number): { place: number; problem: string } | undefined {
    const outcome = this.executor.runJobs(table, count);
    return outcome === 0 ? undefined : { place: outcome >> 3, problem: this.wrong(outcome & 7) };
  }

  private wrong(outcome: number): string {
    return OUTCOMES[outcome] ?? `the field '${this.executor.problem()}' of its record is out of range`;
  }

  longWaits(): number {
    return this.executor.longWaits();
  }

  close(): void {
    this.executor.close();
    this.threads = 1;
  }
}

/** By the error codes of packages/native/src/executor.h. */
const OUTCOMES: Readonly<Record<number, string>> = { 1: 'no such job', 3: 'the system has no free memory' };
