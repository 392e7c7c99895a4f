/**
 * The HDF5 library of h5wasm, compiled to WebAssembly. We bundle its file by path. The entry of h5wasm
 * creates one instance for the whole program, and is available as an ES module only, which Jest's defaults
 * cannot load.
 */
import type { Module } from 'h5wasm';

/** One instance of the library, with its own memory and file system. */
export type Hdf5 = typeof Module;

type Factory = (options: object) => Promise<Hdf5>;

/** The parts of the WebAssembly API that are used here. */
interface Api {
  instantiate(...given: unknown[]): Promise<unknown>;
  readonly RuntimeError: new () => Error;
}

/** The exports of the library's instance besides its functions. */
interface Exports {
  readonly __stack_pointer: { value: number };
  readonly H5_libinit_g?: unknown;
}

/** The files that are open in the library's file system; the first three are the standard ones. */
interface OpenFiles {
  readonly streams: readonly ({ readonly fd: number } | null)[];
  close(stream: object): void;
}

/** An instance, and a function that resets it to its state after loading. */
interface Loaded {
  readonly hdf5: Hdf5;
  rewind(): void;
}

const api = (globalThis as unknown as { WebAssembly: Api }).WebAssembly;

/** An instance whose memory has grown beyond this size is discarded. */
const MOST_KEPT_BYTES = 2 ** 26;

let loaded: Promise<Loaded> | undefined;

/**
 * Runs `use` on the library in its state after loading, because a failure leaves memory allocated and may
 * leave other damage. Restoring the memory takes 3 ms. A new instance for each file would reserve 8 GB of
 * address space, which runs out before instances are collected.
 */
export async function withHdf5<T>(use: (hdf5: Hdf5) => T): Promise<T> {
  loaded ??= load();
  const current = loaded;
  const { hdf5, rewind } = await current;
  try {
    rewind();
    return use(hdf5);
  } catch (error) {
    if (error instanceof api.RuntimeError && loaded === current) loaded = undefined;
    throw error;
  } finally {
    if (hdf5.HEAPU8.length > MOST_KEPT_BYTES && loaded === current) loaded = undefined;
  }
}

async function load(): Promise<Loaded> {
  // @ts-expect-error the file has no types
  const { default: make } = (await import('../node_modules/h5wasm/dist/esm/hdf5_util.js')) as {
    default: Factory;
  };
  const ignore = () => {};
  const { result: hdf5, exports } = await seeingExports(() =>
    make({ noInitialRun: true, print: ignore, printErr: ignore }),
  );
  // Failures are thrown; the library also prints them, which is suppressed.
  hdf5.activate_throwing_error_handler();
  const stack = exports.__stack_pointer;
  const top = stack.value;
  const files = hdf5.FS as unknown as OpenFiles;
  const image = hdf5.HEAPU8.slice(0, hdf5.HEAPU8.findLastIndex((byte) => byte !== 0) + 1);
  return {
    hdf5,
    rewind() {
      hdf5.HEAPU8.set(image);
      hdf5.HEAPU8.fill(0, image.length);
      stack.value = top;
      for (const stream of files.streams) if (stream && stream.fd > 2) files.close(stream);
    },
  };
}

/** The result of `make`, and the exports of its WebAssembly instance, which the library does not expose. */
async function seeingExports<T>(make: () => Promise<T>): Promise<{ result: T; exports: Exports }> {
  let exports: Exports | undefined;
  const { instantiate } = api;
  api.instantiate = async (...given) => {
    const made = await instantiate.apply(api, given);
    const own = (made as { instance?: { exports: Exports } }).instance?.exports;
    if (own?.H5_libinit_g) exports = own;
    return made;
  };
  try {
    const result = await make();
    return { result, exports: exports! };
  } finally {
    api.instantiate = instantiate;
  }
}
