import { tellFallback } from '../../fallback';
import { nodeBuiltin } from './node-builtin';
import type { WasmMemory, WasmModule } from './web-assembly';
import { WORKER_SCRIPT } from './worker-script';

/** The part of a thread that the pool uses; Node's Worker and a page's both have it. */
export interface PoolWorker {
  postMessage(message: unknown): void;
  terminate(): unknown;
  /** Node's way to tell of an end. */
  on?(event: 'error' | 'exit', listener: () => void): unknown;
  /** A page's way: the pool puts a function here. */
  onerror?: unknown;
}

/**
 * Makes a thread that runs `source` (a classic script that receives one message); undefined when it cannot.
 */
export type WorkerFactory = (source: string) => PoolWorker | undefined;

/**
 * The address of `@unrolled/kernels/worker`, or what a page's policy demands in its place, a
 * TrustedScriptURL.
 */
export type WorkerUrl = string | { toString(): string };

export interface Pool {
  /** Number of remaining threads. */
  readonly workers: number;
  /** Threads that have ended without being asked to. */
  readonly ended: number;
  /** Counts out those that have left by themselves, before any event tells of it. */
  sweep(): void;
  stop(): void;
}

interface PoolExports {
  ready(): number;
  leave(index: number): void;
  isGone(index: number): number;
  stop(): void;
}

/** Long enough for a loaded machine to start a thread; after it the pool does without. */
const START_MILLISECONDS = 10_000;

/**
 * Starts `count` threads; undefined if the platform has none. They never keep the process alive: each is
 * unreferenced, and blocks in an atomic wait while there is no work. A thread that exits later is removed
 * from the count and reported.
 */
export async function startPool(
  module: WasmModule,
  memory: WasmMemory,
  count: number,
  exports: PoolExports,
  factory: WorkerFactory,
): Promise<Pool | undefined> {
  /** With the number of each. */
  const workers = new Map<PoolWorker, number>();
  let started = false;
  let ended = 0;
  const terminate = () => {
    const all = [...workers.keys()];
    workers.clear();
    for (const worker of all) worker.terminate();
  };
  const lose = (worker: PoolWorker) => {
    const index = workers.get(worker);
    if (index === undefined) return;
    workers.delete(worker);
    exports.leave(index);
    ended++;
    if (started) tellOfEnd(workers.size + 1);
  };
  try {
    for (let index = 1; index <= count; index++) {
      const worker = factory(WORKER_SCRIPT);
      if (!worker) break;
      workers.set(worker, index);
      onEnd(worker, () => lose(worker));
      worker.postMessage({ module, memory, index });
    }
  } catch {
    terminate();
    return undefined;
  }
  const deadline = Date.now() + START_MILLISECONDS;
  while (exports.ready() < count) {
    if (workers.size < count || Date.now() > deadline) {
      terminate();
      return undefined;
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  started = true;
  return {
    get workers() {
      return workers.size;
    },
    get ended() {
      return ended;
    },
    sweep() {
      for (const [worker, index] of workers) if (exports.isGone(index)) lose(worker);
    },
    stop() {
      exports.stop();
      terminate();
    },
  };
}

function tellOfEnd(left: number): void {
  const reasons = ['it has ended'];
  const message = `unrolled: a thread has ended, and ${left} go${left === 1 ? 'es' : ''} on, with the same results`;
  tellFallback({ caller: 'unrolled', passedOver: 'a thread', reasons, message });
}

/**
 * Listens for the end of a worker. It may be terminated at any time by whoever made it: that is known at
 * once, before the thread can take another share. A page's policy may refuse a Worker only once it loads: an
 * error event is all that tells.
 */
function onEnd(worker: PoolWorker, listener: () => void): void {
  const terminate = worker.terminate.bind(worker);
  worker.terminate = () => {
    listener();
    return terminate();
  };
  if (worker.on) {
    worker.on('error', listener);
    worker.on('exit', listener);
  } else
    worker.onerror = (event?: { preventDefault?(): void }) => {
      // The error is handled here, and is not passed to the page's own handlers.
      event?.preventDefault?.();
      listener();
    };
}

interface NodeWorker extends PoolWorker {
  unref(): void;
}

/** The script's address on a page, made once: a page keeps each until it closes. */
let scriptUrl: string | undefined;

/**
 * Makes threads as the platform has them: of Node, or of a page, from `url` or from a blob where there is
 * none.
 */
export function platformFactory(url: WorkerUrl | undefined): WorkerFactory {
  return (source) => {
    const threads = nodeBuiltin<{
      Worker: new (
        source: unknown,
        options: { eval: boolean; execArgv: string[]; env: object },
      ) => NodeWorker;
    }>('node:worker_threads');
    if (threads) {
      const worker = new threads.Worker(url ?? source, { eval: url === undefined, execArgv: [], env: {} });
      worker.unref();
      return worker;
    }
    const page = globalThis as {
      Worker?: new (url: WorkerUrl) => PoolWorker;
      Blob?: typeof Blob;
      URL?: typeof URL;
    };
    if (!page.Worker) return undefined;
    if (url !== undefined) return new page.Worker(url);
    if (!page.Blob || !page.URL?.createObjectURL) return undefined;
    scriptUrl ??= page.URL.createObjectURL(new page.Blob([source], { type: 'text/javascript' }));
    return new page.Worker(scriptUrl);
  };
}
