/**
 * The script of each thread of the pool: it instantiates the same module over the same memory, and waits for
 * jobs inside it. A separate script without imports, which a worker of Node and of a page can run. The
 * package also exports it as `@unrolled/kernels/worker`.
 */
export const WORKER_SCRIPT = `const start = ({ module, memory, index }) => {
  const { work, leave } = new WebAssembly.Instance(module, { env: { memory } }).exports;
  try {
    work(index);
  } catch (error) {
    leave(index);
    throw error;
  }
};
const threads = globalThis.process?.getBuiltinModule?.('node:worker_threads');
if (threads?.parentPort) threads.parentPort.once('message', start);
else globalThis.onmessage = (event) => start(event.data);
`;
