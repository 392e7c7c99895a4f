/** Keras 3's files: `.weights.h5` (HDF5) and `.keras` (a zip of it and the model's configuration). */
import type { AnyPart, ParamsOf } from '@unrolled/cells';
import type { NamedTensors, SafetensorsTensor } from '@unrolled/safetensors';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { mapOf } from './arrays';
import { readHdf5, writeHdf5 } from './hdf5';
import { kerasConfig } from './keras-config';
import { toKeras } from './keras-files';
import { refuse } from './refuse';

const weightsEntry = 'model.weights.h5';

/**
 * The floating-point arrays of a `.weights.h5` or `.keras` file by their paths, for `fromKeras`.
 *
 * @throws UnrolledError when the bytes are neither, or damaged
 */
export async function readKeras(bytes: Uint8Array): Promise<Map<string, SafetensorsTensor>> {
  const scope = 'readKeras';
  const isZip = startsWith(bytes, 'PK');
  const content = isZip ? unzipWeights(scope, bytes) : bytes;
  if (!startsWith(content, '\x89HDF\r\n\x1a\n')) {
    refuse(scope, {
      expected: 'a .weights.h5 or .keras file',
      got: `${content.length} bytes that start otherwise`,
      remedy: 'save it with model.save_weights or model.save of Keras 3',
    });
  }
  return readHdf5(scope, content);
}

/**
 * Arrays by their paths as a `.weights.h5` file: `model.load_weights('model.weights.h5')`.
 *
 * @param arrays what `toKeras` gives; float32
 */
export async function writeKerasWeights(arrays: NamedTensors): Promise<Uint8Array> {
  return writeHdf5('writeKerasWeights', arrays, groupsOf([...mapOf(arrays).keys()]));
}

/**
 * A model as a `.keras` file: `keras.models.load_model('model.keras')` gives a Sequential with its weights.
 * Dropout is left out, and the inputs keep the shape [B, T, I], or int32 ids [B, T]. No clock time inside:
 * the same model, the same bytes.
 *
 * @throws UnrolledError when the model has what a Sequential has not: residual parts, ids read as one-hot
 * vectors, activations without a name in Keras, and what `toKeras` refuses
 */
export async function writeKeras<L extends AnyPart>(model: L, params: ParamsOf<L>): Promise<Uint8Array> {
  const config = kerasConfig('writeKeras', model);
  const weights = await writeKerasWeights(toKeras(model, params));
  const files = {
    'metadata.json': strToU8(JSON.stringify({ keras_version: '3.0.0' })),
    'config.json': strToU8(JSON.stringify(config)),
    [weightsEntry]: weights,
  };
  return zipSync(files, { level: 0, mtime: new Date(1980, 0, 1) });
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return strFromU8(bytes.subarray(0, text.length), true) === text;
}

function unzipWeights(scope: string, bytes: Uint8Array): Uint8Array {
  let entries: Record<string, Uint8Array>;
  try {
    entries = unzipSync(bytes, { filter: ({ name }) => name === weightsEntry });
  } catch (cause) {
    return refuse(scope, { expected: 'a whole .keras file', got: 'a damaged zip archive' }, cause);
  }
  return (
    entries[weightsEntry] ??
    refuse(scope, { expected: `a zip archive with ${weightsEntry}`, got: 'one without it' })
  );
}

/**
 * Keras gives every layer a group `vars` with the layer's name, also where it is empty, and so to each layer
 * inside.
 */
function groupsOf(paths: readonly string[]): Map<string, string> {
  const groups = new Map([['vars', 'model']]);
  for (const path of paths) {
    const [folder] = path.split('/vars/');
    const parts = folder!.split('/');
    for (let depth = 1; depth <= parts.length; depth++) {
      const name = parts[depth - 1]!;
      if (name !== 'layers') groups.set(`${parts.slice(0, depth).join('/')}/vars`, name);
    }
  }
  return groups;
}
