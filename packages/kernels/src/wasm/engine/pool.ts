import { nodeBuiltin } from './node-builtin';
import type { WasmMemory, WasmModule } from './web-assembly';

/** The part of a thread that the pool uses; Node's Worker and a page's both have it. */
export interface PoolWorker {
  postMessage(message: unknown): void;
  terminate(): unknown;
  /** Node's way to tell of an error. */
  on?(event: 'error', listener: () => void): unknown;
  /** A page's way: the pool puts a function here. */
  onerror?: unknown;
}

/**
 * Makes a thread that runs `source` (a classic script that receives one message); undefined when it cannot.
 */
export type WorkerFactory = (source: string) => PoolWorker | undefined;

export interface Pool {
  readonly workers: number;
  stop(): void;
}

interface PoolExports {
  ready(): number;
  stop(): void;
}

/** Each thread instantiates the same module over the same memory and waits for jobs inside it. */
const SOURCE = `
const start = ({ module, memory, index }) => {
  new WebAssembly.Instance(module, { env: { memory } }).exports.work(index);
};
if (typeof require === 'function') require('node:worker_threads').parentPort.once('message', start);
else onmessage = (event) => start(event.data);
`;

/** Long enough for a loaded machine to start a thread; after it the pool does without. */
const START_MILLISECONDS = 10_000;

/**
 * Starts `count` threads; undefined when the platform gives none. They never keep the process alive: unref'd,
 * and asleep in an atomic wait when there is nothing to do.
 */
export async function startPool(
  module: WasmModule,
  memory: WasmMemory,
  count: number,
  exports: PoolExports,
  factory: WorkerFactory = defaultFactory,
): Promise<Pool | undefined> {
  const workers: PoolWorker[] = [];
  let failed = false;
  const terminate = () => {
    for (const worker of workers) worker.terminate();
  };
  try {
    for (let i = 0; i < count; i++) {
      const worker = factory(SOURCE);
      if (!worker) break;
      workers.push(worker);
      onFailure(worker, () => {
        failed = true;
      });
      worker.postMessage({ module, memory, index: i + 1 });
    }
  } catch {
    terminate();
    return undefined;
  }
  if (workers.length < count) {
    terminate();
    return undefined;
  }
  const deadline = Date.now() + START_MILLISECONDS;
  while (exports.ready() < workers.length) {
    if (failed || Date.now() > deadline) {
      terminate();
      return undefined;
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return {
    workers: workers.length,
    stop() {
      exports.stop();
      terminate();
    },
  };
}

/** A page's policy may refuse a Worker only once it loads: an error event is all that tells. */
function onFailure(worker: PoolWorker, listener: () => void): void {
  if (worker.on) worker.on('error', listener);
  else
    worker.onerror = (event?: { preventDefault?(): void }) => {
      // It is dealt with here, and no news for the page's own handlers.
      event?.preventDefault?.();
      listener();
    };
}

interface NodeWorker extends PoolWorker {
  unref(): void;
}

/** The script's address on a page, made once: a page keeps each until it closes. */
let scriptUrl: string | undefined;

function defaultFactory(source: string): PoolWorker | undefined {
  const threads = nodeBuiltin<{
    Worker: new (source: string, options: { eval: boolean; execArgv: string[]; env: object }) => NodeWorker;
  }>('node:worker_threads');
  if (threads) {
    const worker = new threads.Worker(source, { eval: true, execArgv: [], env: {} });
    worker.unref();
    return worker;
  }
  const page = globalThis as {
    Worker?: new (url: string) => PoolWorker;
    Blob?: typeof Blob;
    URL?: typeof URL;
  };
  if (!page.Worker || !page.Blob || !page.URL?.createObjectURL) return undefined;
  scriptUrl ??= page.URL.createObjectURL(new page.Blob([source], { type: 'text/javascript' }));
  return new page.Worker(scriptUrl);
}
