/** Matches the modules of a PyTorch state dict with our layers if the caller gives no names. */

import type { MinimalLayer } from '@unrolled/cells';
import { listed } from '@unrolled/errors';
import type { SafetensorsTensor } from '@unrolled/safetensors';
import { refuseNames } from './foreign-names';
import {
  areAlike,
  type ChannelLayer,
  columnsOf,
  isChannelLayer,
  isMinimal,
  isRecurrent,
  type Leaf,
  outputSizeOf,
  type WeightedLayer,
  weightShapes,
} from './model';

/** The name of the linear layer in the module of a minimal layer. */
export const MINIMAL_MODULES = {
  minGru: 'to_hidden_and_gate',
  minLstm: 'to_hidden_and_f_i_gate',
} as const;

type Arrays = ReadonlyMap<string, SafetensorsTensor>;

/** The name of a module that the caller did not name: the layer's type, with these exceptions. */
const MODULE_NAMES: Readonly<Record<string, string>> = {
  simpleRnn: 'rnn',
  tiedHead: 'linear',
  memoryKernel: 'memory',
  queryKernel: 'query',
  scoreVector: 'score',
  scoreBias: 'score_bias',
  scoreGain: 'score_gain',
  attentionKernel: 'attention',
  conv1d: 'conv',
  conv2d: 'conv',
  layerNorm: 'norm',
};

/** rnn, lstm, gru, embedding, linear, then linear_2 and so on. A single module has no name. */
export function defaultNames(layers: readonly WeightedLayer[]): string[] {
  const modules = layers.map((layer, index) =>
    index > 0 && sharesModule(layers[index - 1]!, layer) ? 0 : 1,
  );
  if (modules.reduce<number>((sum, isNew) => sum + isNew, 0) === 1) return layers.map(() => '');
  const counts = new Map<string, number>();
  return layers.map(({ directions: [leaf] }, index) => {
    const { layer } = leaf;
    const type = layer.type === 'attentionWeight' ? layer.weight : layer.type;
    const base = MODULE_NAMES[type] ?? type;
    const count = (counts.get(base) ?? 0) + modules[index]!;
    counts.set(base, count);
    return count > 1 ? `${base}_${count}` : base;
  });
}

/**
 * Whether two consecutive layers can belong to one module: they are alike, with only dropout between them.
 */
function sharesModule(before: WeightedLayer, layer: WeightedLayer): boolean {
  const { directions } = layer;
  return (
    isRecurrent(directions[0]) &&
    !before.residual &&
    !layer.residual &&
    before.directions.length === directions.length &&
    directions.every((leaf, index) => areAlike(leaf, before.directions[index]!))
  );
}

/** Assigns a module of a state dict to each layer. If several assignments fit, the model is refused. */
export function findNames(
  scope: string,
  layers: readonly WeightedLayer[],
  arrays: Arrays,
): readonly string[] {
  const usual = defaultNames(layers);
  const modules = modulesIn(arrays);
  if (usual.every((name) => modules.includes(name) || arrays.has(name))) return usual;
  const recurrent = modules.filter((name) => isRecurrentModule(name, arrays));
  const plain = modules.filter((name) => arrays.has(prefixed(name, 'weight')));
  const recurrentNames = new Set(usual.filter((_, index) => isRecurrent(layers[index]!.directions[0])));
  return layers.map((layer) => {
    const candidates = isRecurrent(layer.directions[0])
      ? recurrentNames.size === 1 && recurrent.length === 1
        ? recurrent
        : cellCandidates(layer, recurrent, arrays)
      : isMinimal(layer.directions[0])
        ? minimalCandidates(layer.directions[0], modules, arrays)
        : isParameter(layer.directions[0])
          ? parameterCandidates(layer.directions[0], arrays)
          : plainCandidates(layer, layers, plain, arrays);
    if (candidates.length === 1) return candidates[0]!;
    const complaint = {
      expected: `names that assign a module to each of ${layers.map(({ directions }) => directions[0].name).join(', ')}`,
      got: `several possible modules: ${listed(modules.map((module) => module || "''"))}`,
      remedy: "set the option names, one per layer, such as ['embedding', 'lstm', 'lstm', 'head']",
    };
    return refuseNames(scope, complaint, arrays.keys());
  });
}

/** Whether a leaf is a parameter of the module that contains it, not a module. */
const isParameter = ({ layer }: Leaf): boolean =>
  layer.type === 'attentionWeight' && layer.shape.length === 1 && layer.weight !== 'scoreVector';

const parameterCandidates = ({ layer: { units } }: Leaf, arrays: Arrays) =>
  [...arrays].flatMap(([name, { shape }]) =>
    String(shape) === String([units]) && !/bias|weight/.test(name) ? [name] : [],
  );

const prefixed = (name: string, key: string) => (name === '' ? key : `${name}.${key}`);

const isRecurrentModule = (name: string, arrays: Arrays) =>
  arrays.has(prefixed(name, 'weight_ih_l0')) || isCellModule(name, arrays);

/** Names of `nn.LSTMCell` and similar cells. */
const isCellModule = (name: string, arrays: Arrays) => arrays.has(prefixed(name, 'weight_ih'));

/** The cells whose weights have the shapes of a layer. */
function cellCandidates({ directions }: WeightedLayer, modules: readonly string[], arrays: Arrays) {
  const [leaf] = directions;
  if (directions.length > 1 || !isRecurrent(leaf)) return [];
  const shapes = {
    weight_ih: [columnsOf(leaf), leaf.layer.inputSize],
    weight_hh: [columnsOf(leaf), outputSizeOf(leaf)],
  };
  return modules.filter((name) =>
    Object.entries(shapes).every(
      ([key, shape]) => String(arrays.get(prefixed(name, key))?.shape) === String(shape),
    ),
  );
}

/** The modules with a linear layer that has the name and shape of a minimal layer's. */
function minimalCandidates(leaf: Leaf<MinimalLayer>, modules: readonly string[], arrays: Arrays): string[] {
  const shape = String([columnsOf(leaf), leaf.layer.inputSize]);
  const weight = `${MINIMAL_MODULES[leaf.layer.type]}.weight`;
  return modules.filter((name) => String(arrays.get(prefixed(name, weight))?.shape) === shape);
}

/** The prefixes of the weight names of a recurrent or plain module. */
function modulesIn(arrays: Arrays): string[] {
  return [...arrays.keys()].flatMap((key) => {
    const outside = key.replace(/(^|\.)to_hidden_and_(f_i_)?gate\.weight$/, '$1weight');
    const match = /^(?:(.*)\.)?weight(_ih(_l0)?)?$/s.exec(outside);
    return match ? [match[1] ?? ''] : [];
  });
}

/** The modules whose weights have the shape of a layer. A single remaining module matches in any shape. */
function plainCandidates(
  layer: WeightedLayer,
  layers: readonly WeightedLayer[],
  modules: readonly string[],
  arrays: Arrays,
): readonly string[] {
  const [leaf] = layer.directions;
  const isEmbedding = leaf.layer.type === 'embedding';
  const sizes = [leaf.layer.inputSize, outputSizeOf(leaf)];
  if (
    modules.length === 1 &&
    layers.filter(({ directions: [other] }) => !isRecurrent(other) && !isMinimal(other)).length === 1
  ) {
    return modules;
  }
  if (isChannelLayer(leaf)) return channelCandidates(leaf, modules, arrays);
  const isVector = leaf.layer.type === 'attentionWeight' && leaf.layer.weight === 'scoreVector';
  const shape = isEmbedding || isVector ? sizes : sizes.reverse();
  const { layer: own } = leaf;
  const biased = own.type === 'linear' ? own.useBias : own.type === 'tiedHead';
  return modules.filter(
    (name) =>
      String(arrays.get(prefixed(name, 'weight'))!.shape) === String(shape) &&
      arrays.has(prefixed(name, 'bias')) === biased,
  );
}

/** The modules whose weight and bias have the shapes of a convolution or normalisation. */
function channelCandidates(leaf: Leaf<ChannelLayer>, modules: readonly string[], arrays: Arrays): string[] {
  const { kernel, gamma, bias, beta } = weightShapes(leaf);
  const weight = kernel ? [kernel.at(-1)!, kernel.at(-2)!, ...kernel.slice(0, -2)] : gamma!;
  return modules.filter(
    (name) =>
      String(arrays.get(prefixed(name, 'weight'))!.shape) === String(weight) &&
      arrays.has(prefixed(name, 'bias')) === ((bias ?? beta) !== undefined),
  );
}
