import { ARGUMENTS, HEAP, Job, JobState, ListedJob } from '../../generated/abi';
import { refuse } from '../../refuse';
import { Allocator } from './allocator';
import { type BufferSizes, WASM_SIZES } from './buffer-sizes';
import type { ExecutorInfo } from './executor';
import type { RecordType } from './record';
import { type EngineOptions, type Exports, type Runtime, startRuntime, threadsWanted } from './runtime';

const PAGE = 65536;
/** Number of multiply-adds below which starting threads costs more than it saves. */
const PARALLEL_WORK = 400_000;
/** Packing a float takes about as long as this many multiply-adds. */
const PACK_WORK = 8;
/**
 * Seconds after which a thread that works on a job is considered lost. The limit is shorter once the job is
 * known to have failed.
 */
const PATIENCE = 300;
const SHORT_PATIENCE = 5;

/**
 * The main thread of a page may not block: the wait throws there. In Node and in a Worker it is allowed. This
 * wait returns at once.
 */
function threadMaySleep(): boolean {
  try {
    return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1) === 'not-equal';
  } catch {
    return false;
  }
}
const MAY_SLEEP = threadMaySleep();

const OPTIONS = ['threads', 'binary', 'executor', 'module', 'workerUrl', 'workerFactory'] as const;

/**
 * Names a block in an error message. It may be a function, so that the name is only built when it is needed.
 */
export type BlockName = string | (() => string);

/** A job with its record. */
export interface NotedJob {
  readonly job: Job;
  readonly record: number;
  readonly threads: number;
}

/** Consecutive jobs of a list that run in one executor. */
interface JobCall {
  readonly isNative: boolean;
  readonly table: number;
  /** The position of the first job in the list. */
  readonly first: number;
  count: number;
}

/** Jobs that run together. */
export interface JobList {
  readonly jobs: readonly NotedJob[];
  readonly calls: readonly JobCall[];
  /** Number of runs since the job counts were last updated. */
  runs: number;
}

/** One WebAssembly instance with its memory, allocator and thread pool. */
export class Engine {
  private readonly allocator: Allocator;
  private words!: Int32Array;
  private floats!: Float32Array;
  private temporaries: number[] = [];
  private isStopped = false;
  /** Changes whenever the executor changes. */
  runtimeNumber = 1;
  private readonly counts = new Map<Job, number>();
  private readonly lists = new Set<JobList>();

  private constructor(
    private runtime: Runtime,
    private options: EngineOptions,
  ) {
    this.refreshViews();
    this.allocator = new Allocator(HEAP, (bytes) => this.grow(bytes));
  }

  /**
   * Compiles the binary and starts the threads.
   *
   * @throws UnrolledError if the host has no SIMD, forbids compilation or has no memory, or if an option is
   *   out of range
   */
  static async start(options: EngineOptions = {}): Promise<Engine> {
    const threads = threadsWanted(options.threads);
    return new Engine(await startRuntime(options), { binary: 'auto', ...options, threads });
  }

  /**
   * Applies the given options and keeps the others, such as the number of threads and the binary. All data in
   * the memory keeps its address.
   *
   * @throws UnrolledError for the reasons of `start`, and if a second memory cannot be allocated; the engine
   *   then continues unchanged
   */
  async change(options: EngineOptions): Promise<void> {
    const before = this.options;
    const given = OPTIONS.filter((name) => options[name] !== undefined);
    const isNew = given.some((name) => options[name] !== before[name]);
    const hasLost = options.threads !== undefined && (this.runtime.pool?.ended ?? 0) > 0;
    if (!isNew && !hasLost) return;
    const after: EngineOptions = {
      ...before,
      ...Object.fromEntries(given.map((name) => [name, options[name]])),
    };
    const next = await startRuntime(after);
    if (this.isStopped) {
      stopRuntime(next);
      return;
    }
    const bytes = this.memoryBytes;
    if (!growTo(next, bytes)) {
      stopRuntime(next);
      refuse('registerUnrolledBackend', {
        code: 'memory',
        expected: `room for a second memory of ${mebibytes(bytes)}, which other options need`,
        got: `at most ${mebibytes(next.maximumBytes)}`,
        remedy: 'dispose of tensors, or call unregisterUnrolledBackend first',
      });
    }
    new Uint8Array(next.memory.buffer).set(new Uint8Array(this.buffer).subarray(HEAP), HEAP);
    stopRuntime(this.runtime);
    this.runtime = next;
    this.runtimeNumber += 1;
    this.options = after;
    this.refreshViews();
  }

  private refreshViews(): void {
    const { memory, native } = this.runtime;
    const { buffer } = memory;
    native?.attach(buffer);
    this.words = new Int32Array(buffer);
    this.floats = new Float32Array(buffer);
  }

  /** Which of the two binaries is in use. */
  get binary(): 'plain' | 'relaxed' {
    return this.runtime.binary;
  }

  /** The executor, and the reason for its choice. */
  get executor(): ExecutorInfo {
    return this.runtime.executor;
  }

  /** The buffer sizes of a job and of all jobs that share buffers with it. */
  sizes(job: Job): BufferSizes {
    return this.runtime.native?.sizes(job) ?? WASM_SIZES;
  }

  /** How many long waits (assembly/barrier.ts) the threads of the last job `sample` had at barriers. */
  longWaits(): number {
    const { native, exports } = this.runtime;
    return native?.has('sample') ? native.longWaits() : exports.longWaits();
  }

  /** The module's functions; call jobs through `run`. */
  get exports(): Exports {
    return this.runtime.exports;
  }

  /** Number of threads that large jobs use, including the calling one. */
  get threads(): number {
    const { native, pool } = this.runtime;
    return native?.threads ?? 1 + (pool?.workers ?? 0);
  }

  /** Size of the WebAssembly memory in bytes. */
  get memoryBytes(): number {
    return this.runtime.memory.buffer.byteLength;
  }

  /** Number of its bytes in use. */
  get usedBytes(): number {
    return this.allocator.used;
  }

  /** The memory's buffer, for views. It is replaced when the memory grows. */
  get buffer(): ArrayBufferLike {
    return this.words.buffer;
  }

  private grow(bytes: number): boolean {
    const { maximumBytes } = this.runtime;
    if (bytes <= this.memoryBytes) return true;
    if (bytes > maximumBytes) return false;
    // A quarter more than requested, so that growth is rare.
    const generous = Math.min(bytes + bytes / 4, maximumBytes);
    if (!growTo(this.runtime, generous) && !growTo(this.runtime, bytes)) return false;
    this.refreshViews();
    return true;
  }

  /**
   * A block of memory with undefined contents.
   *
   * @param what names the block in the error: `the kept activations of lstmSequence [50, 50, 128]`
   * @throws UnrolledError if the memory is exhausted (at most 4 GiB, less if the system has granted less)
   */
  allocate(bytes: number, what: BlockName): number {
    const address = this.allocator.allocate(bytes);
    if (address !== undefined) return address;
    const name = typeof what === 'string' ? what : what();
    refuse('memory', {
      expected: `${name} to fit into WebAssembly's memory of ${mebibytes(this.runtime.maximumBytes)}`,
      got: `${mebibytes(bytes)} requested, with ${mebibytes(this.allocator.used)} in use`,
      remedy: 'use a smaller batch or shorter sequences, or dispose of tensors that are no longer needed',
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

  /** Views of the whole memory as floats and integers; the index is the address / 4. */
  get float32(): Float32Array {
    return this.floats;
  }

  get int32(): Int32Array {
    return this.words;
  }

  /** Writes a record, by default as the arguments of the next `run`. */
  write<V>(record: RecordType<V>, values: NoInfer<V>, address: number = ARGUMENTS): void {
    record.write(this.words, this.floats, address / 4, values);
  }

  /** The number of threads for a job with `work` multiply-adds. */
  threadsFor(work: number): number {
    return work < PARALLEL_WORK ? 1 : this.threads;
  }

  /**
   * The number of threads for a job that packs `floats` floats; each takes as long as several multiply-adds.
   */
  threadsToPack(floats: number): number {
    return this.threadsFor(floats * PACK_WORK);
  }

  /** Runs a job on the arguments that `write` has stored, or on the given record. */
  run(job: Job, threads: number, record: number = ARGUMENTS): void {
    this.counts.set(job, (this.counts.get(job) ?? 0) + 1);
    const { exports, native, pool } = this.runtime;
    if (native?.has(job)) {
      const problem = native.run(job, record, threads);
      if (problem !== undefined) refuseJob(job, problem);
    } else if (threads > 1 && pool) {
      const state = exports.fork(Job[job], record, Math.min(threads, 1 + pool.workers), MAY_SLEEP);
      if (state !== JobState.done) this.awaitThreads(state);
    } else exports.runJob(Job[job], record, 0, 1);
  }

  /** The number of runs of each job since the start. Tests use it to check that the fused path was taken. */
  get jobCounts(): ReadonlyMap<Job, number> {
    for (const list of this.lists) this.countList(list);
    return this.counts;
  }

  private countList(list: JobList): void {
    for (const { job } of list.runs > 0 ? list.jobs : [])
      this.counts.set(job, (this.counts.get(job) ?? 0) + list.runs);
    list.runs = 0;
  }

  /**
   * Creates a list of jobs that `runList` runs in one call, or in a few calls if some jobs run in
   * WebAssembly.
   *
   * @param table address of a table with room for one `ListedJob` per job
   */
  makeList(jobs: readonly NotedJob[], table: number): JobList {
    const { native } = this.runtime;
    const calls: JobCall[] = [];
    jobs.forEach(({ job, threads, record }, n) => {
      const at = table + n * ListedJob.bytes;
      this.write(ListedJob, { job, record, threads: Math.min(threads, this.threads) }, at);
      const isNative = native?.has(job) ?? false;
      const last = calls.at(-1);
      if (last?.isNative === isNative) last.count += 1;
      else calls.push({ isNative, table: at, first: n, count: 1 });
    });
    const list = { jobs, calls, runs: 0 };
    this.lists.add(list);
    return list;
  }

  /** Deletes a list. */
  releaseList(list: JobList): void {
    this.countList(list);
    this.lists.delete(list);
  }

  /** Runs the jobs of a list. The list must have been made since the last change of options. */
  runList(list: JobList): void {
    list.runs += 1;
    const { exports, native } = this.runtime;
    for (const { isNative, table, first, count } of list.calls) {
      if (isNative) {
        const wrong = native!.runJobs(table, count);
        if (wrong) refuseJob(list.jobs[first + wrong.place]!.job, wrong.problem);
        continue;
      }
      for (let done = 0; done < count; done++) {
        done += exports.runJobs(table + done * ListedJob.bytes, count - done, MAY_SLEEP);
        if (done < count) this.awaitThreads(exports.awaitShares(MAY_SLEEP));
      }
    }
  }

  /** Waits for the threads that still work on a job, except those that have exited. */
  private awaitThreads(state: number): void {
    const { exports, pool } = this.runtime;
    for (let seconds = 1; state === JobState.waiting; seconds++) {
      const patience = exports.outcome() === JobState.done ? PATIENCE : SHORT_PATIENCE;
      state = seconds > patience ? JobState.abandoned : exports.awaitShares(MAY_SLEEP);
    }
    if (state === JobState.done) return;
    // It is unknown which thread is missing, so all threads are stopped.
    if (state === JobState.abandoned) pool!.stop();
    else pool!.sweep();
    const { threads } = this;
    refuse('threads', {
      code: 'state',
      expected: 'all threads to run until the call ends',
      got: 'a thread that exited during the call',
      remedy: `call again (${threads} thread${threads === 1 ? ' remains' : 's remain'}); reload parameters that were being updated`,
    });
  }

  /** Ends the threads. The memory is freed when nothing refers to it. */
  stop(): void {
    this.isStopped = true;
    stopRuntime(this.runtime);
  }
}

function stopRuntime({ native, pool }: Runtime): void {
  native?.close();
  pool?.stop();
}

function refuseJob(job: Job, got: string): never {
  refuse('native', {
    code: 'state',
    expected: `the job ${job} to run, with its inputs and outputs inside the memory`,
    got,
    remedy:
      "use WebAssembly: UNROLLED_NATIVE_KERNELS=0, or registerUnrolledBackend({ executor: 'webassembly' })",
  });
}

/** Grows the memory to at least `bytes` bytes; returns false if it cannot. */
function growTo({ memory, maximumBytes }: Pick<Runtime, 'memory' | 'maximumBytes'>, bytes: number): boolean {
  const pages = Math.ceil((bytes - memory.buffer.byteLength) / PAGE);
  if (pages <= 0) return true;
  if (bytes > maximumBytes) return false;
  try {
    memory.grow(pages);
    return true;
  } catch {
    return false;
  }
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}
