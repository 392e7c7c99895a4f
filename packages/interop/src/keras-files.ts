/**
 * The arrays of a Keras 3 weights file by their paths (keras 3.15, `src/saving/saving_lib.py`). A layer's
 * group is named after its class with a counter, `layers/lstm`, `layers/lstm_1`; the layer's own name is not
 * used. The arrays of a recurrent layer are in its cell, `layers/lstm/cell/vars/0`. Bidirectional contains
 * `forward_layer` and `backward_layer`.
 */
import { type AnyPart, isManyToOne, type ParamsOf } from '@unrolled/cells';
import type { OptionKinds } from '@unrolled/errors';
import type { NamedTensors, SafetensorsTensor } from '@unrolled/safetensors';
import {
  decodeArrays,
  encodeArrays,
  type LeafLayout,
  mapOf,
  type NamedArrays,
  withoutBiases,
} from './arrays';
import type { KerasArrays } from './keras-arrays';
import { describedLayers } from './keras-description';
import { type FileLayer, fileLayers } from './keras-file-layers';
import { byNames, findLayers, inOrder, settingsOf } from './keras-find-layers';
import { kerasLayers, kerasLeafLayout } from './keras-layout';
import { checkSequences, checkSettings } from './keras-settings';
import { isRecurrent, type Leaf, type WeightedLayer } from './model';
import { checkKind, checkOptions, refuse } from './refuse';

interface NameOptions {
  /**
   * The group of each layer with weights, in order. By default those of a Sequential or functional model
   * whose layers are the model's parts:
   * `['layers/embedding', 'layers/lstm', 'layers/lstm_1', 'layers/dense']`. The attribute `encoder` of a
   * subclassed model has the group `encoder`; a cell of StackedRNNCells has
   * `layers/rnn/cell/cells/lstm_cell_1`. When a file of Keras 2 is read, a layer has its own name, and a
   * repeated name means the next layer inside that group.
   */
  readonly names?: readonly string[];
}

export interface ToKerasOptions extends NameOptions {
  /**
   * `false` leaves out the recurrent biases, for layers created with `use_bias=False`. Biases other than 0
   * are then refused. A list has one value for each layer with weights. Default true.
   */
  readonly bias?: boolean | readonly boolean[];
}

const TO_KERAS_KINDS: OptionKinds<ToKerasOptions> = {
  bias: 'boolean or array?',
  names: 'array?',
};

export interface FromKerasOptions extends NameOptions {
  /**
   * Whether arrays that the model does not use are refused; default true. Those of an optimizer never are.
   */
  readonly strict?: boolean;
}

const FROM_KERAS_KINDS: OptionKinds<FromKerasOptions> = {
  strict: 'boolean?',
  names: 'array?',
};

/**
 * Creates a model's parameters from the arrays of a Keras file, as `readKeras` of `@unrolled/interop/keras`
 * returns them. Biases that the file lacks (`use_bias=False`) are 0.
 *
 * If the file describes its model, the settings are compared with ours: activations, `reset_after`,
 * `go_backwards`, `merge_mode`. A copy, `new Map(arrays)`, has no description, so only the weights are used.
 *
 * @returns new tensors in the form of `model.init(seed)`; the caller disposes them
 * @throws UnrolledError if names are missing or unexpected, a shape differs, the file's model computes
 *   something else, or the model has a feature that Keras lacks
 */
export function fromKeras<L extends AnyPart>(
  arrays: NamedTensors,
  model: L,
  options: FromKerasOptions = {},
): ParamsOf<L> {
  const scope = 'fromKeras';
  checkKind(scope, 'model', model, 'object');
  checkOptions(scope, options, FROM_KERAS_KINDS);
  for (const name of options.names ?? []) checkKind(scope, 'each name', name, 'string');
  const { names, strict = true } = options;
  const present = new Map([...mapOf(scope, arrays)].filter(([name]) => !isTrainingState(name)));
  const file: FileModel = 'config' in arrays && arrays instanceof Map ? (arrays as FileModel) : {};
  const layouts = readingLayouts(scope, model, present, names, file);
  return decodeArrays(scope, model, layouts, present, strict);
}

/**
 * Returns a model's parameters as the arrays of a Keras file. Pass them to `writeKerasWeights` of
 * `@unrolled/interop/keras`, and call `model.load_weights('model.weights.h5')` in Python.
 *
 * @throws UnrolledError if the parameters do not belong to the model, or the model has a feature that Keras
 *   lacks: peepholes, clipping, a projection, a tied embedding, a user-defined part
 */
export function toKeras<L extends AnyPart>(
  model: L,
  params: ParamsOf<L>,
  options: ToKerasOptions = {},
): NamedArrays {
  const scope = 'toKeras';
  checkKind(scope, 'model', model, 'object');
  checkKind(scope, 'params', params, 'object or array');
  checkOptions(scope, options, TO_KERAS_KINDS);
  for (const name of options.names ?? []) checkKind(scope, 'each name', name, 'string');
  const { names, bias = true } = options;
  const layers = kerasLayers(scope, model);
  if (names) checkCount(scope, 'name', layers, names);
  const biases = typeof bias === 'boolean' ? layers.map(() => bias) : bias;
  checkCount(scope, 'bias', layers, biases);
  const layouts = layers.map(({ directions }, index) => {
    const folder = (names ?? defaultFolders(layers))[index]!;
    return directions.map((leaf, direction) =>
      kerasLeafLayout(leaf, writtenName(leaf, folder, direction, directions.length), true),
    );
  });
  const arrays = encodeArrays(scope, layouts.flat(), params);
  const leftOut = layouts
    .flatMap((own, index) => (biases[index] ? [] : own))
    .flatMap(({ leaf, slots }) => (isRecurrent(leaf) ? Object.keys(slots).slice(2) : []));
  return withoutBiases(scope, arrays, leftOut, 'create the Keras layer with use_bias=True');
}

/** The model's description in a file; undefined for a plain Map. */
type FileModel = Partial<Pick<KerasArrays, 'config' | 'kerasVersion'>>;

/** Arrays that only a resumed training needs, not the weights of a layer. */
const isTrainingState = (name: string) => /^optimizer\/|(^|\/)seed_generator\//.test(name);

/** The layouts of a model's leaves in a file, according to the arrays that it has. */
function readingLayouts(
  scope: string,
  model: AnyPart,
  arrays: ReadonlyMap<string, SafetensorsTensor>,
  names: readonly string[] | undefined,
  file: FileModel,
): LeafLayout[] {
  const layers = kerasLayers(scope, model);
  if (names) checkCount(scope, 'name', layers, names);
  const described = describedLayers(file.config);
  const inFile = inOrder(fileLayers(arrays), described);
  const folders = names ?? defaultFolders(layers);
  const isKeras2Layout = inFile.some(({ directions: [group] }) => group!.isKeras2);
  const found = names
    ? byNames(names, inFile)
    : findLayers(scope, layers, folders, inFile, isKeras2Layout || described.length > 0);
  refuseCudnn(scope, found);
  const isKeras2 = Number.parseInt(file.kerasVersion ?? '', 10) === 2;
  const settings = settingsOf(inFile, described);
  checkSequences(
    scope,
    found.flatMap((layer) => layer?.directions.flatMap((group) => settings.get(group) ?? []) ?? []),
  );
  return layers.flatMap(({ directions }, index) => {
    return directions.map((leaf, direction) => {
      const group = found[index]?.directions[direction];
      if (!group) {
        return kerasLeafLayout(leaf, writtenName(leaf, folders[index]!, direction, directions.length), true);
      }
      const own = settings.get(group);
      if (own) checkSettings(scope, leaf, own, { isKeras2, last: isManyToOne(model) });
      return kerasLeafLayout(leaf, group.nameOf, !isRecurrent(leaf) || group.names.includes(group.nameOf(2)));
    });
  });
}

function refuseCudnn(scope: string, found: readonly (FileLayer | undefined)[]): void {
  const layer = found.find((one) => one && /cu_?dnn/i.test(one.path));
  if (!layer) return;
  refuse(scope, {
    expected: 'Keras layers that do not require cuDNN',
    got: `${layer.path}, a CuDNNLSTM or CuDNNGRU of Keras 2, which has another weight layout`,
    remedy: 'load the weights in Keras 2 into LSTM or GRU with reset_after=True, and save that model',
    code: 'unsupported',
  });
}

/** The groups that a leaf's arrays are written to or read from. */
function writtenName(
  leaf: Leaf,
  folder: string,
  direction: number,
  count: number,
): (index: number) => string {
  const side = count === 1 ? folder : `${folder}/${['forward_layer', 'backward_layer'][direction]}`;
  // A cell of RNN(StackedRNNCells) has its arrays in its own group.
  const isCell = /(^|\/)cells\/[^/]+$|(^|[/_])cell(_\d+)?$/.test(side);
  const cell = !isRecurrent(leaf) || isCell ? side : `${side}/cell`;
  return (index) => `${cell}/vars/${index}`;
}

function checkCount(
  scope: string,
  what: string,
  layers: readonly WeightedLayer[],
  given: readonly unknown[],
): void {
  if (given.length === layers.length) return;
  refuse(scope, {
    expected: `one ${what} for each of the layers ${layers.map(({ directions }) => directions[0].name).join(', ')}`,
    got: `the values ${given.join(', ')}`,
    remedy: 'list one for each layer of the file, in the order of the model',
  });
}

/** The names of Keras's classes for our layers, and for the weights of an attention wrapper. */
const classes = {
  simpleRnn: 'simple_rnn',
  lstm: 'lstm',
  gru: 'gru',
  linear: 'dense',
  embedding: 'embedding',
  conv1d: 'conv1d',
  conv2d: 'conv2d',
  layerNorm: 'layer_normalization',
  memoryKernel: 'dense',
  queryKernel: 'dense',
  attentionKernel: 'dense',
  scoreVector: 'additive_attention',
  scoreGain: 'attention',
};

function defaultFolders(layers: readonly WeightedLayer[]): string[] {
  const counts = new Map<string, number>();
  return layers.map(({ directions }) => {
    const { layer } = directions[0];
    const type = layer.type === 'attentionWeight' ? layer.weight : layer.type;
    const base = directions.length === 2 ? 'bidirectional' : classes[type as keyof typeof classes];
    const count = counts.get(base) ?? 0;
    counts.set(base, count + 1);
    return `layers/${base}${count === 0 ? '' : `_${count}`}`;
  });
}
