/**
 * The script of each thread of the pool. It instantiates the same module on the same memory, and waits for
 * jobs inside it. The script has no imports, so it runs in a Worker of Node and of a page. The package also
 * exports it as `@unrolled/kernels/worker`.
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
