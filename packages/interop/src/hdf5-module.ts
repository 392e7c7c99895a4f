/**
 * The HDF5 library compiled to WebAssembly, of h5wasm. Its file is bundled into our build by its path: h5wasm's own entry makes one
 * instance for the whole program and is an ES module only, which Jest's defaults cannot load.
 */
import type { Module } from 'h5wasm';

/** One instance of the library, with memory and a file system of its own. */
export type Hdf5 = typeof Module;

type Factory = (options: object) => Promise<Hdf5>;

/** The instance that the last file left, in order and small. */
let idle: Hdf5 | undefined;

/** An instance that has grown beyond this is not kept. */
const MOST_KEPT_BYTES = 2 ** 26;

/**
 * Runs `use` on an instance that nothing else uses. One in which something fails is not used again: a failure leaves memory behind, and
 * may leave more broken. A new one takes about 30 ms.
 */
export async function withHdf5<T>(use: (hdf5: Hdf5) => T): Promise<T> {
  const hdf5 = idle ?? (await freshHdf5());
  idle = undefined;
  const result = use(hdf5);
  if (hdf5.HEAPU8.length <= MOST_KEPT_BYTES) idle = hdf5;
  return result;
}

async function freshHdf5(): Promise<Hdf5> {
  // @ts-expect-error the file has no types
  const { default: make } = (await import('../node_modules/h5wasm/dist/esm/hdf5_util.js')) as {
    default: Factory;
  };
  const ignore = () => {};
  const hdf5 = await make({ noInitialRun: true, print: ignore, printErr: ignore });
  // Failures are thrown, not printed.
  hdf5.activate_throwing_error_handler();
  return hdf5;
}
