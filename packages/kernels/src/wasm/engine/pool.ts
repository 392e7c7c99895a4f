import { tellFallback } from '../../fallback';
import { nodeBuiltin } from './node-builtin';
import type { WasmMemory, WasmModule } from './web-assembly';
import { WORKER_SCRIPT } from './worker-script';

/** The methods of a thread that the pool uses. Node's Worker and the Worker of a page both have them. */
export interface PoolWorker {
  postMessage(message: unknown): void;
  terminate(): unknown;
  /** Node's events for the end of a thread. */
  on?(event: 'error' | 'exit', listener: () => void): unknown;
  /** The event handler of a page's Worker; the pool sets it. */
  onerror?: unknown;
}

/**
 * Creates a thread that runs `source`, a classic script that receives one message; returns undefined if it
 * cannot.
 */
export type WorkerFactory = (source: string) => PoolWorker | undefined;

/** The address of `@unrolled/kernels/worker`, or a TrustedScriptURL if the page's policy demands one. */
export type WorkerUrl = string | { toString(): string };

export interface Pool {
  /** Number of threads that are still running. */
  readonly workers: number;
  /** Number of threads that have exited unexpectedly. */
  readonly ended: number;
  /** Removes threads that have exited from the count, before their exit events arrive. */
  sweep(): void;
  stop(): void;
}

interface PoolExports {
  ready(): number;
  leave(index: number): void;
  isGone(index: number): number;
  stop(): void;
}

/**
 * Time limit in milliseconds for a thread's start, long enough for a loaded machine. Threads that start later
 * are not used.
 */
const START_MILLISECONDS = 10_000;

/**
 * Starts `count` threads; undefined if the platform has none. The threads do not keep the process alive: they
 * are unreferenced, and block in an atomic wait while idle. A thread that exits later is removed from the
 * count and reported.
 */
export async function startPool(
  module: WasmModule,
  memory: WasmMemory,
  count: number,
  exports: PoolExports,
  factory: WorkerFactory,
): Promise<Pool | undefined> {
  /** The workers, with the index of each. */
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
  const message = `unrolled: a thread has exited; ${left} remain${left === 1 ? 's' : ''}, and results do not change`;
  tellFallback({ caller: 'unrolled', passedOver: 'a thread', reasons, message });
}

/**
 * Listens for the end of a worker. Its creator may terminate it at any time. The listener is called at once
 * in that case, before the thread could take another share. A page's policy may reject a Worker only when its
 * script loads, and an error event is the only sign of it.
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
      // The pool handles the error itself, so the page's own handlers are not called.
      event?.preventDefault?.();
      listener();
    };
}

interface NodeWorker extends PoolWorker {
  unref(): void;
}

/**
 * The script's address on a page. It is created once, because a page keeps every blob address until it
 * closes.
 */
let scriptUrl: string | undefined;

/**
 * The platform's way to create threads: Node's worker_threads, or on a page a Worker from `url`, or from a
 * blob if there is no `url`.
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
