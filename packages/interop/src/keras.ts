/**
 * Keras's files: `.weights.h5` and `.h5` (HDF5), and `.keras` (a zip archive of an HDF5 file and the model's
 * configuration).
 */
import type { AnyPart, ParamsOf } from '@unrolled/cells';
import { inWords } from '@unrolled/errors';
import { type NamedTensors, otherFormat, type SafetensorsTensor } from '@unrolled/safetensors';
import { strFromU8, strToU8, zipSync } from 'fflate';
import { mapOf } from './arrays';
import { type Hdf5Content, readHdf5, writeHdf5 } from './hdf5';
import { unzipKeras, WEIGHTS } from './keras-archive';
import { KerasArrays } from './keras-arrays';
import { kerasConfig } from './keras-config';
import { toKeras } from './keras-files';
import { checkKind, refuse } from './refuse';

export type { KerasArrays } from './keras-arrays';

/**
 * Reads the arrays of a Keras file by their paths, for `fromKeras`: `.weights.h5` and `.keras` of Keras 3,
 * `.h5` of Keras 2 and 3 (weights or whole models). A `.keras` file and the `.h5` of a whole model also
 * describe the model; `fromKeras` compares the settings.
 *
 * @throws UnrolledError if the bytes are neither format, or are damaged: a wrong checksum, impossible sizes
 */
export async function readKeras(bytes: Uint8Array): Promise<KerasArrays> {
  const scope = 'readKeras';
  if (!(bytes instanceof Uint8Array)) {
    const remedy = 'read the file first with await readFile(path) or await response.bytes()';
    refuse(scope, { expected: 'the bytes of a file in a Uint8Array', got: inWords(bytes), remedy });
  }
  if (startsWith(bytes, HDF5)) return readHdf5(scope, bytes, (content) => fromContent(scope, content));
  const other = otherFormat(bytes)?.name;
  if (other !== 'a .keras archive' && other !== 'a zip archive') {
    refuse(scope, {
      expected: 'a .weights.h5, .h5 or .keras file',
      got: other ?? `${bytes.length} bytes that begin differently`,
      remedy: 'save the model with model.save_weights or model.save of Keras 3',
      code: 'format',
    });
  }
  const files = unzipKeras(scope, bytes);
  const weights = files.get(WEIGHTS)!;
  if (!startsWith(weights, HDF5)) {
    refuse(scope, {
      expected: `an HDF5 file as ${WEIGHTS}`,
      got: `${weights.length} bytes that begin differently`,
      remedy: 'use another copy: the file is damaged',
      code: 'format',
    });
  }
  const config = jsonOf(scope, 'config.json', files);
  const { keras_version: version } = Object(jsonOf(scope, 'metadata.json', files));
  const { arrays } = await readHdf5(scope, weights, ({ arrays }) => ({ arrays }));
  return new KerasArrays(renamed(arrays), config, typeof version === 'string' ? version : undefined);
}

const HDF5 = '\x89HDF\r\n\x1a\n';

function jsonOf(scope: string, name: string, files: ReadonlyMap<string, Uint8Array>): unknown {
  const text = files.get(name);
  return text && parsed(scope, name, strFromU8(text));
}

function parsed(scope: string, name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const remedy = 'use another copy: the file is damaged';
    return refuse(
      scope,
      { expected: `JSON as ${name}`, got: 'text that is not JSON', remedy, code: 'format' },
      cause,
    );
  }
}

/** The group of the weights in the file of a whole model. The optimizer's weights are in another group. */
const MODEL = 'model_weights';

function fromContent(scope: string, { arrays, texts }: Hdf5Content): KerasArrays {
  const whole = [...arrays.keys()].some((path) => path.startsWith(`${MODEL}/`));
  const root = whole ? `/${MODEL}` : '/';
  const order = texts(root, 'layer_names');
  const [version] = texts('/', 'keras_version') ?? texts(root, 'keras_version') ?? [];
  const [config] = texts('/', 'model_config') ?? [];
  const own = [...arrays]
    .filter(([path]) => !whole || path.startsWith(`${MODEL}/`))
    .map(([path, array]) => [whole ? path.slice(MODEL.length + 1) : path, array] as const);
  if (!order) return new KerasArrays(renamed(own));
  // A layer's arrays in its recorded order, followed by those it does not record.
  const left = new Map(own);
  const ordered = [...new Set(order)].flatMap((layer) => {
    const named = (texts(`${root === '/' ? '' : root}/${layer}`, 'weight_names') ?? []).map(
      (name) => `${layer}/${name}`,
    );
    return [...named, ...[...left.keys()].filter((path) => path.startsWith(`${layer}/`))];
  });
  const sorted = new Map(
    [...ordered, ...left.keys()].flatMap((path) => (left.has(path) ? [[path, left.get(path)!]] : [])),
  );
  return new KerasArrays(
    sorted,
    config === undefined ? undefined : parsed(scope, 'model_config', config),
    version,
  );
}

/** Keras 2.12 and 2.13 use another name for `layers`, and on Windows a backslash. */
function* renamed(
  arrays: Iterable<readonly [string, SafetensorsTensor]>,
): Iterable<[string, SafetensorsTensor]> {
  for (const [path, array] of arrays) {
    yield [path.replaceAll('\\', '/').replace(/(^|\/)_layer_checkpoint_dependencies\//g, '$1layers/'), array];
  }
}

/**
 * Writes arrays by their paths as a `.weights.h5` file, for `model.load_weights('model.weights.h5')`.
 *
 * @param arrays the result of `toKeras`; float32
 */
export async function writeKerasWeights(arrays: NamedTensors): Promise<Uint8Array> {
  checkKind('writeKerasWeights', 'arrays', arrays, 'object');
  return writeHdf5('writeKerasWeights', arrays, groupsOf([...mapOf('writeKerasWeights', arrays).keys()]));
}

/**
 * Writes a model as a `.keras` file. `keras.models.load_model('model.keras')` returns a Sequential with its
 * weights. Dropout is omitted. The inputs have the shape [B, T, I], or int32 ids [B, T]. The file has no
 * timestamp, so the same model gives the same bytes.
 *
 * @throws UnrolledError if the model has a feature that a Sequential lacks: residual parts, ids read as
 *   one-hot vectors, activations without a name in Keras; also in the cases of `toKeras`
 */
export async function writeKeras<L extends AnyPart>(model: L, params: ParamsOf<L>): Promise<Uint8Array> {
  checkKind('writeKeras', 'model', model, 'object');
  checkKind('writeKeras', 'params', params, 'object or array');
  const config = kerasConfig('writeKeras', model);
  const weights = await writeKerasWeights(toKeras(model, params));
  const files = {
    'metadata.json': strToU8(JSON.stringify({ keras_version: '3.0.0' })),
    'config.json': strToU8(JSON.stringify(config)),
    [WEIGHTS]: weights,
  };
  return zipSync(files, { level: 0, mtime: new Date(1980, 0, 1) });
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return strFromU8(bytes.subarray(0, text.length), true) === text;
}

/**
 * Keras gives every layer, and every layer inside it, a group `vars` with the layer's name, even if the group
 * is empty.
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
