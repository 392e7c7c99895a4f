import { ARGUMENTS, HEAP, Job, JobState, ListedJob } from '../../generated/abi';
import { refuse } from '../../refuse';
import { Allocator } from './allocator';
import { type BufferSizes, WASM_SIZES } from './buffer-sizes';
import type { ExecutorInfo } from './executor';
import type { RecordType } from './record';
import { type EngineOptions, type Exports, type Runtime, startRuntime, threadsWanted } from './runtime';

const PAGE = 65536;
/** Multiply-adds below which a fork costs more than it saves. */
const PARALLEL_WORK = 400_000;
/** A packed float takes as long as about this many multiply-adds. */
const PACK_WORK = 8;
/**
 * Seconds after which a thread that works on a job counts as lost; fewer once the job is known to be lost.
 */
const PATIENCE = 300;
const SHORT_PATIENCE = 5;

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

const OPTIONS = ['threads', 'binary', 'executor', 'module', 'workerUrl', 'workerFactory'] as const;

/** Names a block in an error; a function where making the name would cost more than the allocation. */
export type BlockName = string | (() => string);

/** A job with its record. */
export interface NotedJob {
  readonly job: Job;
  readonly record: number;
  /** 0: each share of the next job runs it first, for itself. */
  readonly threads: number;
  /** Bytes from the record of one share to that of the next; default 0, one for all. */
  readonly stride?: number;
}

/** Jobs of one executor that follow each other in a list. */
interface JobCall {
  readonly isNative: boolean;
  readonly table: number;
  /** The place of the first in the list. */
  readonly first: number;
  count: number;
}

/** Jobs that are run together. */
export interface JobList {
  readonly jobs: readonly NotedJob[];
  readonly calls: readonly JobCall[];
  /** Since they were last counted. */
  runs: number;
}

/** One WebAssembly instance with its memory, allocator and thread pool. */
export class Engine {
  private readonly allocator: Allocator;
  private words!: Int32Array;
  private floats!: Float32Array;
  private temporaries: number[] = [];
  private isStopped = false;
  /** Another one after each change of what computes. */
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
   * @throws UnrolledError where the host has no SIMD, lets no code be compiled or gives no memory, or an
   *   option is out of range
   */
  static async start(options: EngineOptions = {}): Promise<Engine> {
    const threads = threadsWanted(options.threads);
    return new Engine(await startRuntime(options), { binary: 'auto', ...options, threads });
  }

  /**
   * Applies the given options, and keeps the others: the number of threads, the binary. All data in the
   * memory stays at its address.
   *
   * @throws UnrolledError like `start`, and if a second memory cannot be allocated; the engine then continues
   *   unchanged
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
        expected: `room for a second memory of ${mebibytes(bytes)}, to go on in with other options`,
        got: `at most ${mebibytes(next.maximumBytes)}`,
        remedy: 'dispose tensors and call unregisterUnrolledBackend first',
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

  /** Which of the two binaries runs. */
  get binary(): 'plain' | 'relaxed' {
    return this.runtime.binary;
  }

  /** The executor, and the reason. */
  get executor(): ExecutorInfo {
    return this.runtime.executor;
  }

  /** The sizes of the buffers of a job, and of all that share them with it. */
  sizes(job: Job): BufferSizes {
    return this.runtime.native?.sizes(job) ?? WASM_SIZES;
  }

  /**
   * How long the threads of the last job `sample` waited for each other, in long waits (assembly/barrier.ts).
   */
  longWaits(): number {
    const { native, exports } = this.runtime;
    return native?.has('sample') ? native.longWaits() : exports.longWaits();
  }

  /** The module's functions; `run` is the way to its jobs. */
  get exports(): Exports {
    return this.runtime.exports;
  }

  /** Threads that large jobs run on, the calling one included. */
  get threads(): number {
    const { native, pool } = this.runtime;
    return native?.threads ?? 1 + (pool?.workers ?? 0);
  }

  /** Bytes that the WebAssembly memory takes from the system. */
  get memoryBytes(): number {
    return this.runtime.memory.buffer.byteLength;
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
    const { maximumBytes } = this.runtime;
    if (bytes <= this.memoryBytes) return true;
    if (bytes > maximumBytes) return false;
    // A quarter more than requested, so growing is rare.
    const generous = Math.min(bytes + bytes / 4, maximumBytes);
    if (!growTo(this.runtime, generous) && !growTo(this.runtime, bytes)) return false;
    this.refreshViews();
    return true;
  }

  /**
   * A block of the memory; its contents are undefined.
   *
   * @param what names the block in the error: `the kept activations of lstmSequence [50, 50, 128]`
   * @throws UnrolledError when the memory (4 GiB at most, less where the system has not granted as much) is
   *   exhausted
   */
  allocate(bytes: number, what: BlockName): number {
    const address = this.allocator.allocate(bytes);
    if (address !== undefined) return address;
    const name = typeof what === 'string' ? what : what();
    refuse('memory', {
      expected: `${name} to fit into WebAssembly's memory of ${mebibytes(this.runtime.maximumBytes)}`,
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

  /** How often each job ran since the start: lets tests assert that the fused path was taken. */
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
   * A list of jobs that `runList` runs in one call, or in a few if some are left to WebAssembly.
   *
   * @param table room for as many records of `ListedJob`
   */
  makeList(jobs: readonly NotedJob[], table: number): JobList {
    const { native } = this.runtime;
    const calls: JobCall[] = [];
    jobs.forEach(({ job, threads, record, stride }, n) => {
      const at = table + n * ListedJob.bytes;
      this.write(ListedJob, { job, record, threads: Math.min(threads, this.threads), stride }, at);
      const isNative = native?.has(job) ?? false;
      const last = calls.at(-1);
      if (last?.isNative === isNative) last.count += 1;
      else calls.push({ isNative, table: at, first: n, count: 1 });
    });
    const list = { jobs, calls, runs: 0 };
    this.lists.add(list);
    return list;
  }

  /** Forgets a list. */
  releaseList(list: JobList): void {
    this.countList(list);
    this.lists.delete(list);
  }

  /** Runs the jobs of a list, which was made since the last change of options. */
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

  /** Waits on for the threads that are at a job; one that has ended at it is not waited for. */
  private awaitThreads(state: number): void {
    const { exports, pool } = this.runtime;
    for (let seconds = 1; state === JobState.waiting; seconds++) {
      const patience = exports.outcome() === JobState.done ? PATIENCE : SHORT_PATIENCE;
      state = seconds > patience ? JobState.abandoned : exports.awaitShares(MAY_SLEEP);
    }
    if (state === JobState.done) return;
    // Nobody knows which does not come: none is trusted.
    if (state === JobState.abandoned) pool!.stop();
    else pool!.sweep();
    const { threads } = this;
    refuse('threads', {
      code: 'state',
      expected: 'all threads to live through a call',
      got: 'one that ended in the midst of it',
      remedy: `call again, ${threads} thread${threads === 1 ? ' goes' : 's go'} on; parameters that were being updated are to be loaded again`,
    });
  }

  /** Ends the threads. The memory goes when nothing refers to it. */
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
    expected: `the job ${job} to run, with all that it reads and writes in the memory`,
    got,
    remedy:
      "ask for WebAssembly: UNROLLED_NATIVE_KERNELS=0, or registerUnrolledBackend({ executor: 'webassembly' })",
  });
}

/** Grows the memory to at least `bytes` bytes; false where it cannot. */
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
