/** HDF5 files in memory, by the HDF5 library itself compiled to WebAssembly (h5wasm), loaded on first use. */
import type { NamedTensors, SafetensorsTensor } from '@unrolled/safetensors';
import { mapOf } from './arrays';
import { refuse } from './refuse';

type Hdf5 = typeof import('h5wasm');
type Hdf5File = InstanceType<Hdf5['File']>;

let count = 0;

/** Runs `use` on a file of h5wasm's own file system, and removes it whatever happens. */
async function withFile<T>(use: (hdf5: Hdf5, path: string) => T, content?: Uint8Array): Promise<T> {
  const hdf5 = await import('h5wasm');
  const module = await hdf5.ready;
  const path = `unrolled-${count++}.h5`;
  // Failures are thrown, not printed.
  module.activate_throwing_error_handler();
  if (content) module.FS.writeFile(path, content);
  try {
    return atFixedTime(() => use(hdf5, path));
  } finally {
    module.deactivate_throwing_error_handler();
    if (module.FS.analyzePath(path).exists) module.FS.unlink(path);
  }
}

/**
 * HDF5 stamps what it writes with the time, which h5wasm asks of `Date.now`, without an option against it. At
 * a fixed time the same arrays are the same bytes.
 */
function atFixedTime<T>(use: () => T): T {
  const clock = Date.now;
  Date.now = () => Date.UTC(1980, 0, 1);
  try {
    return use();
  } finally {
    Date.now = clock;
  }
}

/** Every floating-point array in an HDF5 file, by its path. */
export function readHdf5(scope: string, content: Uint8Array): Promise<Map<string, SafetensorsTensor>> {
  return withFile((hdf5, path) => {
    try {
      const file = new hdf5.File(path, 'r');
      try {
        return arraysIn(hdf5, file);
      } finally {
        file.close();
      }
    } catch (cause) {
      return refuse(
        scope,
        {
          expected: 'a whole HDF5 file',
          got: 'one that cannot be read',
          remedy: 'it is damaged or truncated',
        },
        cause,
      );
    }
  }, content);
}

function arraysIn(hdf5: Hdf5, file: Hdf5File): Map<string, SafetensorsTensor> {
  const arrays = new Map<string, SafetensorsTensor>();
  for (const path of file.paths()) {
    const dataset = file.get(path);
    if (!(dataset instanceof hdf5.Dataset)) continue;
    const { value: data, shape } = dataset;
    if (shape && data instanceof Float32Array) arrays.set(path, { dtype: 'F32', shape, data });
    if (shape && data instanceof Float64Array) arrays.set(path, { dtype: 'F64', shape, data });
  }
  return arrays;
}

/**
 * An HDF5 file with those arrays at their paths, and the groups with a text attribute `name`.
 *
 * @param groups each group's name by its path
 */
export function writeHdf5(
  scope: string,
  arrays: NamedTensors,
  groups: ReadonlyMap<string, string>,
): Promise<Uint8Array> {
  return withFile((hdf5, path) => {
    const file = new hdf5.File(path, 'w');
    try {
      for (const [group, name] of groups) groupAt(file, group).create_attribute('name', name);
      for (const [name, { data, shape, dtype }] of mapOf(arrays)) {
        if (dtype !== 'F32') refuse(scope, { expected: `float32 values in ${name}`, got: dtype });
        const parts = name.split('/');
        const folder = groupAt(file, parts.slice(0, -1).join('/'));
        folder.create_dataset({ name: parts.at(-1)!, data, shape: [...shape], dtype: '<f4' });
      }
    } finally {
      file.close();
    }
    return hdf5.FS!.readFile(path);
  });
}

function groupAt(file: Hdf5File, path: string) {
  let group: ReturnType<Hdf5File['create_group']> = file;
  for (const part of path.split('/').filter(Boolean)) {
    const next = group.keys().includes(part) ? group.get(part) : group.create_group(part);
    group = next as typeof group;
  }
  return group;
}
