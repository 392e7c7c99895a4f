/** The lowest layer of an engine: a compiled module, its memory and its threads. */
import { inWords, type OptionKinds, UnrolledError } from '@unrolled/errors';
import { tellFallback } from '../../fallback';
import { FINGERPRINT, MAXIMUM_PAGES, MAXIMUM_THREADS } from '../../generated/abi';
import { refuse } from '../../refuse';
import { hasRoomForThreads } from './address-space';
import { type BinaryChoice, chooseBinary } from './binary';
import { withUnsharedMemory } from './binary-format';
import type { ExecutorInfo, JobExecutor } from './executor';
import { nodeBuiltin } from './node-builtin';
import { type Pool, platformFactory, startPool, type WorkerFactory, type WorkerUrl } from './pool';
import { type WasmMemory, type WasmModule, webAssembly } from './web-assembly';

const SCOPE = 'registerUnrolledBackend';

const PAGE = 65536;

/** The module's functions. */
export interface Exports {
  readonly FINGERPRINT: { readonly value: number };
  isRelaxed(): number;
  runJob(job: number, args: number, index: number, threads: number): void;
  fork(job: number, args: number, threads: number, maySleep: boolean): number;
  runJobs(table: number, count: number, maySleep: boolean): number;
  awaitShares(maySleep: boolean): number;
  leave(index: number): void;
  isGone(index: number): number;
  longWaits(): number;
  outcome(): number;
  ready(): number;
  stop(): void;
  samplerPackKernel(layer: number, k: number, units: number, kernel: number, target: number): void;
  samplerPackBias(layer: number, units: number, bias: number, recurrentBias: number, target: number): void;
  samplerPackDense(kernel: number, k: number, n: number, target: number): void;
}

/** The executor: see `EngineOptions`. */
export type ExecutorChoice = 'auto' | 'native' | 'webassembly';

export interface EngineOptions {
  /** Number of threads, including the calling one, 1 … 512; default one per core. */
  threads?: number;
  /**
   * Which of the two WebAssembly binaries to use. The default is the faster one that the engine supports. It
   * has no effect on native kernels.
   */
  binary?: BinaryChoice;
  /**
   * The executor. `native` requires a package of native kernels for the system; `webassembly` never uses one.
   * `auto`, the default, uses native kernels if they are available and no option for WebAssembly is given.
   */
  executor?: ExecutorChoice;
  /**
   * A compiled module of this package, for hosts that forbid compilation at run time:
   * `@unrolled/kernels/plain.wasm`, `relaxed.wasm`, or with threads `plain-threads.wasm`,
   * `relaxed-threads.wasm`. It determines `binary`.
   */
  module?: WasmModule;
  /**
   * The address of the script `@unrolled/kernels/worker`, for a page whose policy forbids Workers from blobs.
   */
  workerUrl?: WorkerUrl;
  /** Creates a thread; default Node's worker_threads or the page's Worker. */
  workerFactory?: WorkerFactory;
}

export const ENGINE_KINDS: OptionKinds<EngineOptions> = {
  threads: 'value?',
  binary: "'auto', 'plain' or 'relaxed'?",
  executor: "'auto', 'native' or 'webassembly'?",
  module: 'object?',
  workerUrl: 'string or object?',
  workerFactory: 'function?',
};

export interface Runtime {
  readonly binary: 'plain' | 'relaxed';
  readonly memory: WasmMemory;
  /** Maximum size of the memory in bytes. */
  readonly maximumBytes: number;
  readonly exports: Exports;
  readonly pool: Pool | undefined;
  /** The executor that replaces the module; undefined for WebAssembly. */
  readonly native: JobExecutor | undefined;
  readonly executor: ExecutorInfo;
}

/**
 * Compiles the module, unless one is given, and starts the threads.
 *
 * @throws UnrolledError if the host has no SIMD, forbids compilation or has no memory, or if an option is out
 *   of range
 */
export async function startRuntime(options: EngineOptions = {}): Promise<Runtime> {
  const threads = threadsWanted(options.threads);
  try {
    return await startWithExecutor(threads, options);
  } catch (error) {
    if (error instanceof UnrolledError) throw error;
    refuseHost(error);
  }
}

async function startWithExecutor(threads: number, options: EngineOptions): Promise<Runtime> {
  const found = await startNative(threads, options, startModule);
  if (typeof found !== 'string') return found;
  if (options.executor === 'native') refuseNative(found);
  const module = await startModule(threads, options);
  return { ...module, native: undefined, executor: { name: 'webassembly', reason: found } };
}

/** Starts an engine with native kernels, or returns a line with the reason why it cannot. */
export type NativeStart = (
  threads: number,
  options: EngineOptions,
  startModule: StartModule,
) => Promise<Runtime | string>;

let startNative: NativeStart = async () => 'native kernels run only in Node, Bun and Deno';

/**
 * Registers the function that starts native kernels. Node's entry calls it, so a page's bundle does not
 * include them.
 */
export function setNativeStart(start: NativeStart): void {
  startNative = start;
}

function refuseNative(reason: string): never {
  refuse(SCOPE, {
    code: 'unsupported',
    expected: 'native kernels for this system',
    got: reason,
    remedy: "leave `executor` at 'auto'",
  });
}

/** The requested number of threads, or one per core. */
export function threadsWanted(asked: number | undefined): number {
  const threads = asked === undefined ? Math.min(availableCores(), MAXIMUM_THREADS) : asked;
  if (!Number.isInteger(threads) || threads < 1 || threads > MAXIMUM_THREADS) {
    refuse(SCOPE, {
      expected: `threads to be an integer from 1 to ${MAXIMUM_THREADS}`,
      got: inWords(threads),
      remedy: 'omit threads for one per core',
    });
  }
  return threads;
}

/** The WebAssembly part of a runtime. */
type ModuleRuntime = Omit<Runtime, 'native' | 'executor'>;
export type StartModule = typeof startModule;

async function startModule(threads: number, options: EngineOptions): Promise<ModuleRuntime> {
  const { module: given } = options;
  const bytes = given ? undefined : chooseBinary(options.binary ?? 'auto').bytes;
  const api = webAssembly()!;
  let problem: unknown;
  const several = threads > 1;
  // A given module accepts either a shared or an unshared memory, but does not tell which: try both.
  for (const shared of several ? [true, false] : given ? [false, true] : [false]) {
    try {
      if (shared && several && !hasRoomForThreads(threads))
        throw new RangeError('the system limits the address space of this process (ulimit -v)');
      const reserved = reserveMemory(shared);
      if (!reserved) continue;
      const { memory } = reserved;
      const module = given ?? (await api.compile(shared ? bytes! : withUnsharedMemory(bytes!)));
      const { exports } = (await api.instantiate(module, { env: { memory } })) as { exports: Exports };
      if (exports?.FINGERPRINT?.value !== FINGERPRINT) refuseModule('another one');
      const factory = options.workerFactory ?? platformFactory(options.workerUrl);
      const pool =
        shared && several ? await startPool(module, memory, threads - 1, exports, factory) : undefined;
      if (shared && several && !pool)
        tellOfOneThread('no Worker could be started; a page may need the option workerUrl');
      else if (problem && several) tellOfOneThread(messageOf(problem));
      return { binary: exports.isRelaxed() ? 'relaxed' : 'plain', ...reserved, exports, pool };
    } catch (error) {
      if (error instanceof UnrolledError) throw error;
      problem = error;
    }
  }
  if (given && !isMemoryProblem(problem)) refuseModule(messageOf(problem));
  throw problem;
}

/**
 * The largest memory that the system grants; undefined if it has no shared memory. A memory reserves address
 * space for its maximum size, so if address space is limited, a smaller maximum is used.
 */
function reserveMemory(shared: boolean): { memory: WasmMemory; maximumBytes: number } | undefined {
  if (shared && typeof SharedArrayBuffer === 'undefined') return undefined;
  const { Memory } = webAssembly()!;
  for (let maximum = MAXIMUM_PAGES; ; maximum /= 2) {
    try {
      const memory = new Memory({ initial: 16, maximum, shared });
      return { memory, maximumBytes: maximum * PAGE };
    } catch (error) {
      if (maximum <= LEAST_MAXIMUM) throw error;
    }
  }
}

/**
 * Least maximum size in pages: 128 MiB. A smaller memory could not hold a model for which threads are
 * worthwhile.
 */
const LEAST_MAXIMUM = 2048;

function messageOf(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0]!;
}

const isMemoryProblem = (error: unknown) => error instanceof RangeError;

function tellOfOneThread(reason: string): void {
  const message = `unrolled: one thread computes; results do not change: ${reason}`;
  tellFallback({ caller: 'unrolled', passedOver: 'threads', reasons: [reason], message });
}

function refuseModule(got: string): never {
  refuse(SCOPE, {
    expected: 'a WebAssembly.Module of this version of @unrolled/kernels',
    got,
    remedy: 'compile @unrolled/kernels/plain.wasm, or plain-threads.wasm if threads share memory',
  });
}

function refuseHost(error: unknown): never {
  const got = messageOf(error);
  if (isMemoryProblem(error)) {
    refuse(
      SCOPE,
      {
        code: 'memory',
        expected: 'a host with enough address space for a WebAssembly memory',
        got,
        remedy:
          "raise the limit of virtual memory (ulimit -v, LimitAS), start Node with --disable-wasm-trap-handler, which needs less, or use tf.setBackend('cpu')",
      },
      error,
    );
  }
  refuse(
    SCOPE,
    {
      code: 'unsupported',
      expected: 'a host that allows compilation of WebAssembly',
      got,
      remedy:
        "allow 'wasm-unsafe-eval' in the page's script-src; or pass a module compiled by the host, useUnrolledBackend({ module }) with @unrolled/kernels/plain.wasm; or use tf.setBackend('cpu')",
    },
    error,
  );
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
