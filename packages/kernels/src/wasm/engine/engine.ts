import { ARGUMENTS, HEAP, Job, MAXIMUM_PAGES } from '../../generated/abi';
import { refuse } from '../../refuse';
import { Allocator } from './allocator';
import { type BinaryChoice, chooseBinary, withUnsharedMemory } from './binary';
import { nodeBuiltin } from './node-builtin';
import { type Pool, startPool, type WorkerFactory } from './pool';
import type { RecordType } from './record';
import { type WasmMemory, webAssembly } from './web-assembly';

const PAGE = 65536;
/** Multiply-adds below which a fork costs more than it saves. */
const PARALLEL_WORK = 400_000;
/** A packed float takes as long as about this many multiply-adds. */
const PACK_WORK = 8;

interface Exports {
  runJob(job: number, args: number, index: number, threads: number): void;
  fork(job: number, args: number, threads: number, workers: number, maySleep: boolean): void;
  longWaits(): number;
  ready(): number;
  stop(): void;
  samplerPackKernel(layer: number, k: number, units: number, kernel: number, target: number): void;
  samplerPackBias(layer: number, units: number, bias: number, recurrentBias: number, target: number): void;
  samplerPackDense(kernel: number, k: number, n: number, target: number): void;
}

export interface EngineOptions {
  /** Threads to compute with, the calling one included; by default as many as the machine has cores. */
  threads?: number;
  binary?: BinaryChoice;
  /** Makes a thread; by default Node's worker_threads or a page's Worker, whichever is there. */
  workerFactory?: WorkerFactory;
}

/**
 * A page's main thread may not wait, and says so by throwing; Node's and a Worker's may. The wait asked for
 * is over at once.
 */
function threadMaySleep(): boolean {
  try {
    return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1) === 'not-equal';
  } catch {
    return false;
  }
}
const MAY_SLEEP = threadMaySleep();

/** Names a block in an error; a function where making the name would cost more than the allocation. */
export type BlockName = string | (() => string);

/** One WebAssembly instance with its memory, allocator and thread pool. */
export class Engine {
  private readonly allocator: Allocator;
  private words: Int32Array;
  private floats: Float32Array;
  private temporaries: number[] = [];
  /** How often each job ran since the start: lets tests assert that the fused path was taken. */
  readonly jobCounts = new Map<Job, number>();

  private constructor(
    readonly binary: 'plain' | 'relaxed',
    private readonly memory: WasmMemory,
    /** The module's functions; `run` is the way to its jobs. */
    readonly exports: Exports,
    private pool: Pool | undefined,
  ) {
    this.words = new Int32Array(memory.buffer);
    this.floats = new Float32Array(memory.buffer);
    this.allocator = new Allocator(HEAP, (bytes) => this.grow(bytes));
  }

  /**
   * Compiles the binary and starts the threads.
   *
   * @throws UnrolledError where SIMD is missing or `threads` is not a positive integer
   */
  static async start(options: EngineOptions = {}): Promise<Engine> {
    const wanted = options.threads ?? availableCores();
    if (!Number.isInteger(wanted) || wanted < 1) {
      refuse('registerUnrolledBackend', {
        expected: 'threads to be an integer of at least 1',
        got: String(wanted),
      });
    }
    const { name, bytes } = chooseBinary(options.binary ?? 'auto');
    const api = webAssembly()!;
    const memory = wanted > 1 ? sharedMemory() : undefined;
    if (memory) {
      const module = await api.compile(bytes);
      const instance = await api.instantiate(module, { env: { memory } });
      const exports = instance.exports as unknown as Exports;
      const pool = await startPool(module, memory, wanted - 1, exports, options.workerFactory);
      if (pool) return new Engine(name, memory, exports, pool);
    }
    const single = new api.Memory({ initial: 16, maximum: MAXIMUM_PAGES });
    const module = await api.compile(withUnsharedMemory(bytes));
    const instance = await api.instantiate(module, { env: { memory: single } });
    return new Engine(name, single, instance.exports as unknown as Exports, undefined);
  }

  /** Threads that large jobs run on, the calling one included. */
  get threads(): number {
    return 1 + (this.pool?.workers ?? 0);
  }

  /** Bytes that the WebAssembly memory takes from the system. */
  get memoryBytes(): number {
    return this.memory.buffer.byteLength;
  }

  /** Bytes in use of it. */
  get usedBytes(): number {
    return this.allocator.used;
  }

  /** The buffer to make views of; another object after the memory has grown. */
  get buffer(): ArrayBufferLike {
    return this.words.buffer;
  }

  private grow(bytes: number): boolean {
    const have = this.memory.buffer.byteLength;
    if (bytes > have) {
      if (bytes > MAXIMUM_PAGES * PAGE) return false;
      // A quarter more than asked for, so that growing stays rare.
      const pages = Math.ceil((bytes - have) / PAGE);
      const generous = Math.min(MAXIMUM_PAGES - have / PAGE, pages + Math.ceil(bytes / 4 / PAGE));
      try {
        this.memory.grow(generous);
      } catch {
        try {
          this.memory.grow(pages);
        } catch {
          return false;
        }
      }
      this.words = new Int32Array(this.memory.buffer);
      this.floats = new Float32Array(this.memory.buffer);
    }
    return true;
  }

  /**
   * A block of the memory; its contents are undefined.
   *
   * @param what names the block in the error: `the kept activations of lstmSequence [50, 50, 128]`
   * @throws UnrolledError when the memory (4 GiB at most) is exhausted
   */
  allocate(bytes: number, what: BlockName): number {
    const address = this.allocator.allocate(bytes);
    if (address !== undefined) return address;
    const name = typeof what === 'string' ? what : what();
    const mebibytes = (n: number) => `${Math.ceil(n / 2 ** 20)} MiB`;
    refuse('memory', {
      expected: `${name} to fit into WebAssembly's memory of 4096 MiB`,
      got: `${mebibytes(bytes)} asked for with ${mebibytes(this.allocator.used)} in use`,
      remedy: 'use a smaller batch or shorter sequences, and dispose tensors that are no longer needed',
    });
  }

  release(address: number): void {
    this.allocator.release(address);
  }

  /** A block that lives until `releaseTemporaries`. */
  temporary(bytes: number, what: BlockName): number {
    const address = this.allocate(bytes, what);
    this.temporaries.push(address);
    return address;
  }

  releaseTemporaries(): void {
    for (const address of this.temporaries) this.allocator.release(address);
    this.temporaries.length = 0;
  }

  /** A temporary copy of 32-bit integers. */
  temporaryIntegers(values: ArrayLike<number>, what: BlockName): number {
    const address = this.temporary(values.length * 4, what);
    this.words.set(values, address / 4);
    return address;
  }

  /** Views: floats and integers of the whole memory, by index address / 4. */
  get float32(): Float32Array {
    return this.floats;
  }

  get int32(): Int32Array {
    return this.words;
  }

  /** Writes a record: by default the arguments that the next `run` passes. */
  write<V>(record: RecordType<V>, values: NoInfer<V>, address: number = ARGUMENTS): void {
    record.write(this.words, this.floats, address / 4, values);
  }

  /** How many threads a job of this many multiply-adds gets. */
  threadsFor(work: number): number {
    return work < PARALLEL_WORK ? 1 : this.threads;
  }

  /**
   * How many threads a job gets that packs this many floats, each of which takes as long as several
   * multiply-adds.
   */
  threadsToPack(floats: number): number {
    return this.threadsFor(floats * PACK_WORK);
  }

  /** Runs a job over the arguments that `write` left, or over a record of the caller's own. */
  run(job: Job, threads: number, record: number = ARGUMENTS): void {
    this.jobCounts.set(job, (this.jobCounts.get(job) ?? 0) + 1);
    if (threads > 1 && this.pool) this.exports.fork(Job[job], record, threads, this.pool.workers, MAY_SLEEP);
    else this.exports.runJob(Job[job], record, 0, 1);
  }

  /** Ends the threads. The memory goes when nothing refers to it. */
  stop(): void {
    this.pool?.stop();
    this.pool = undefined;
  }
}

function availableCores(): number {
  return (
    (globalThis as { navigator?: { hardwareConcurrency?: number } }).navigator?.hardwareConcurrency ??
    nodeCores() ??
    1
  );
}

function nodeCores(): number | undefined {
  const os = nodeBuiltin<{ availableParallelism?(): number; cpus(): unknown[] }>('node:os');
  return os?.availableParallelism?.() ?? os?.cpus().length;
}

/** A shared memory with the largest maximum that the system grants, or undefined where there is none. */
function sharedMemory(): WasmMemory | undefined {
  const api = webAssembly();
  if (!api || typeof SharedArrayBuffer === 'undefined') return undefined;
  for (const maximum of [1, 2, 4, 8].map((part) => MAXIMUM_PAGES / part)) {
    try {
      return new api.Memory({ initial: 16, maximum, shared: true });
    } catch {}
  }
  return undefined;
}
