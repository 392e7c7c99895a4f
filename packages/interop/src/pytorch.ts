/**
 * PyTorch's state dicts (`nn.RNN`, `nn.LSTM`, `nn.GRU`, `nn.Linear`, `nn.Embedding`; torch 2.13,
 * `torch/nn/modules/rnn.py`).
 *
 *     weight_ih_l{k}[_reverse]  [G·H, I]   our kernel, transposed        gates LSTM i, f, g, o; GRU r, z, n
 *     weight_hh_l{k}[_reverse]  [G·H, H]   our recurrent kernel, transposed ([G·H, P] with proj_size)
 *     bias_ih, bias_hh          [G·H]      LSTM and RNN: our bias is their sum; GRU: our bias and recurrentBias
 *     weight_hr_l{k}            [P, H]     our projection, transposed
 *
 *     to_hidden_and_gate.weight          [2H, I]  minGru: our kernel, transposed, gates h̃, z; the bias, where there is one, beside it
 *     to_hidden_and_f_i_gate.weight      [3H, I]  minLstm: gates h̃, f, i
 *
 *     Conv1d, Conv2d: weight [O, I, taps] our kernel [taps, I, O] turned round; bias [O]
 *     LayerNorm: weight γ, bias β
 *
 * PyTorch has no minimal layers. They have the names of a linear layer without bias in the modules `minGRU`
 * and `minLSTM` of the package minGRU-pytorch (0.2). PyTorch has no attention wrapper either: its matrices
 * and the score's vector are `nn.Linear` without bias, its gain and its bias are `nn.Parameter`s, and the
 * bridge of an encoder–decoder is one `nn.Linear` for each state. One `nn.LSTM(num_layers=2)` is two of our
 * layers, so a layer is identified by its module's name and its number in it. `nn.LSTMCell`, `nn.GRUCell` and
 * `nn.RNNCell` have the same arrays without `_l{k}`.
 */
import {
  type AnyPart,
  layerType,
  type MinimalLayer,
  type ParamsOf,
  type RecurrentLayer,
} from '@unrolled/cells';
import type { OptionKinds } from '@unrolled/errors';
import type { NamedTensors } from '@unrolled/safetensors';
import {
  decodeArrays,
  encodeArrays,
  type LeafLayout,
  mapOf,
  type NamedArrays,
  withoutBiases,
} from './arrays';
import { gateConversion, PYTORCH_GATES, reorderGates } from './gates';
import { gruVariant, lstmOptions, normalizedLstm, otherActivations, refuseLacking } from './lacking';
import { add, filterOf, type Matrix, reshape, transpose, turned, zeros } from './matrix';
import {
  type AttentionWeight,
  areAlike,
  type ChannelLayer,
  columnsOf,
  isChannelLayer,
  isMinimal,
  isRecurrent,
  type Leaf,
  nameOf,
  outputSizeOf,
  partsWithin,
  structureFor,
  type WeightedLayer,
  weightedLayers,
} from './model';
import { defaultNames, findNames, MINIMAL_MODULES } from './pytorch-names';
import { checkKind, checkOptions, refuse } from './refuse';

/** `names` of modules, for reading and writing a state dict. */
interface NameOptions {
  /**
   * The module name of each layer with weights, in order:
   * `['embedding', 'encoder.lstm', 'encoder.lstm', 'head']`. A repeated name of a recurrent module means its
   * next layer (`_l1`); '' is the top-level module.
   */
  readonly names?: readonly string[];
}

export interface FromPyTorchOptions extends NameOptions {
  /** Whether arrays that the model does not use are refused; default true, as in `load_state_dict`. */
  readonly strict?: boolean;
}

const FROM_PY_TORCH_KINDS: OptionKinds<FromPyTorchOptions> = {
  strict: 'boolean?',
  names: 'array?',
};

export interface ToPyTorchOptions extends NameOptions {
  /**
   * `false` leaves out the recurrent biases, for modules created with `bias=False`. Biases other than 0 are
   * then refused.
   */
  readonly bias?: boolean;
}

const TO_PY_TORCH_KINDS: OptionKinds<ToPyTorchOptions> = {
  bias: 'boolean?',
  names: 'array?',
};

/**
 * Creates a model's parameters from a PyTorch state dict, such as the `tensors` of a safetensors file.
 *
 * Without `names`, modules are matched by kind and shape; if several fit, names are required. Biases that the
 * file lacks (`bias=False`) are 0. A backward cell reads the arrays that end in `_reverse`.
 *
 * @param tensors arrays by name, of any floating-point type
 * @param model the model of the weights: cells, stack, bidirectional, dense, embedding, in any nesting
 * @returns new tensors in the form of `model.init(seed)`; the caller disposes them
 * @throws UnrolledError if names are missing or unexpected, a shape differs, or the model has a feature that
 *   PyTorch lacks
 */
export function fromPyTorch<L extends AnyPart>(
  tensors: NamedTensors,
  model: L,
  options: FromPyTorchOptions = {},
): ParamsOf<L> {
  const scope = 'fromPyTorch';
  checkKind(scope, 'model', model, 'object');
  checkOptions(scope, options, FROM_PY_TORCH_KINDS);
  for (const name of options.names ?? []) checkKind(scope, 'each name', name, 'string');
  const { names, strict = true } = options;
  const arrays = mapOf(scope, tensors);
  const layers = checkedLayers(scope, model);
  const modules = numbered(scope, layers, names ?? findNames(scope, layers, arrays));
  const layouts = layoutsOf(modules, (name) => arrays.has(name));
  return decodeArrays(scope, model, layouts, arrays, strict);
}

/**
 * Returns a model's parameters as a PyTorch state dict. Pass it to `writeSafetensors`, and call
 * `module.load_state_dict(safetensors.torch.load_file(path))` in Python.
 *
 * Without `names`, the modules are called rnn, lstm, gru, embedding and linear (a second one linear_2). Equal
 * consecutive layers are one module, and a single module has no name. PyTorch has two biases in each
 * recurrent layer: ours is written as `bias_ih`, and `bias_hh` is 0.
 *
 * @throws UnrolledError if the parameters do not belong to the model, or the model has a feature that PyTorch
 *   lacks: peepholes, clipping, other activations, a GRU that resets before the product, a user-defined part
 */
export function toPyTorch<L extends AnyPart>(
  model: L,
  params: ParamsOf<L>,
  options: ToPyTorchOptions = {},
): NamedArrays {
  const scope = 'toPyTorch';
  checkKind(scope, 'model', model, 'object');
  checkKind(scope, 'params', params, 'object or array');
  checkOptions(scope, options, TO_PY_TORCH_KINDS);
  for (const name of options.names ?? []) checkKind(scope, 'each name', name, 'string');
  const { names, bias = true } = options;
  const layers = checkedLayers(scope, model);
  const modules = numbered(scope, layers, names ?? defaultNames(layers));
  const all = encodeArrays(
    scope,
    layoutsOf(modules, () => true),
    params,
  );
  if (bias) return all;
  const biases = Object.keys(all).filter((name) => /(^|\.)bias_(ih|hh)(_l\d+(_reverse)?)?$/.test(name));
  return withoutBiases(scope, all, biases, 'create the PyTorch module with bias=True');
}

function checkedLayers(scope: string, model: AnyPart): WeightedLayer[] {
  const layers = weightedLayers(scope, model);
  refuseFlatten(scope, model);
  for (const { directions } of layers) {
    for (const leaf of directions) {
      refuseLacking(scope, 'PyTorch', leaf, [
        ...lstmOptions(leaf, ['peepholes', 'cellClip', 'projectionClip']),
        ...gruVariant(leaf, 'reset-before'),
        ...normalizedLstm(leaf),
        ...otherActivations(leaf, activationsOf(leaf)),
      ]);
    }
    const [forward, backward] = directions;
    if (backward && !areAlike(forward, backward)) {
      refuse(scope, {
        expected: 'equal cells in both directions, as in PyTorch',
        got: `${forward.name} of ${forward.layer.units} and ${backward.name} of ${backward.layer.units} units`,
        remedy: 'give both directions the same cell type and number of units',
      });
    }
  }
  return layers;
}

/** PyTorch's `Flatten` has the channels first, so the following dense layer has its rows in another order. */
function refuseFlatten(scope: string, part: AnyPart): void {
  const structure = structureFor(scope, part);
  for (const inner of partsWithin(scope, part)) refuseFlatten(scope, inner);
  if (structure.type !== 'flatten' || structure.height * structure.width === 1) return;
  refuse(scope, {
    expected: 'parts whose outputs have the same order in PyTorch',
    got: `${nameOf(part)}, which groups numbers by pixel, whereas nn.Flatten groups them by channel`,
    remedy: 'use globalAveragePool2d, or convert the parts before and after it separately',
    code: 'unsupported',
  });
}

/**
 * The gates of a recurrent leaf in PyTorch. The activation of a minimal layer's candidate is not an attribute
 * of its module.
 */
function activationsOf({ layer }: Leaf): readonly string[] {
  if (layer.type === 'simpleRnn') return ['tanh', 'relu'];
  return layer.type === 'minGru' || layer.type === 'minLstm' ? ['positive', 'linear'] : ['tanh'];
}

/** A layer, the name of its module, and its number in that module. */
interface NumberedLayer extends WeightedLayer {
  readonly module: string;
  readonly number: number;
}

function numbered(
  scope: string,
  layers: readonly WeightedLayer[],
  names: readonly string[],
): NumberedLayer[] {
  if (names.length !== layers.length) {
    refuse(scope, {
      expected: `one name for each of the layers ${layers.map(({ directions }) => directions[0].name).join(', ')}`,
      got: `the names ${names.join(', ')}`,
      remedy: 'list one name for each layer, in the order of the model',
    });
  }
  const counts = new Map<string, number>();
  return layers.map((layer, index) => {
    const module = names[index]!;
    const number = counts.get(module) ?? 0;
    counts.set(module, number + 1);
    if (number > 0 && !isRecurrent(layer.directions[0])) {
      refuse(scope, {
        expected: 'a different name for each embedding and dense part',
        got: `${module} twice`,
        remedy: 'set names, with a different one for each part',
      });
    }
    return { ...layer, module, number };
  });
}

function layoutsOf(layers: readonly NumberedLayer[], has: (name: string) => boolean): LeafLayout[] {
  return layers.flatMap(({ directions, module, number }) => {
    const prefix = module === '' ? '' : `${module}.`;
    return directions.map((leaf, direction) => {
      if (isMinimal(leaf)) return minimalLayout(leaf, prefix);
      if (isChannelLayer(leaf)) return channelLayout(leaf, prefix);
      if (!isRecurrent(leaf)) return plainLayout(leaf, prefix);
      const isCell = !has(`${prefix}weight_ih_l0`) && has(`${prefix}weight_ih`);
      const place = isCell ? '' : `_l${number}${direction === 1 ? '_reverse' : ''}`;
      const biased = has(`${prefix}bias_ih${place}`) || has(`${prefix}bias_hh${place}`);
      return recurrentLayout(leaf, prefix, place, biased);
    });
  });
}

/** The layout of an embedding, a linear layer, or the output layer of a tied embedding. */
function plainLayout(leaf: Leaf, prefix: string): LeafLayout {
  const { layer } = leaf;
  if (layer.type === 'attentionWeight') return attentionLayout(leaf, layer, prefix);
  const { inputSize, units } = layer;
  const weight = `${prefix}weight`;
  const bias = { [`${prefix}bias`]: [units] };
  if (layer.type === 'embedding') {
    return {
      leaf,
      slots: { [weight]: [inputSize, units] },
      decode: ([embeddings]) => ({ embeddings: embeddings! }),
      encode: ({ embeddings }) => [embeddings!],
    };
  }
  if (layer.type === 'tiedHead') {
    return {
      leaf,
      slots: { [weight]: [units, inputSize], ...bias },
      decode: ([embeddings, ownBias]) => ({ embeddings: embeddings!, bias: ownBias! }),
      encode: ({ embeddings, bias: ownBias }) => [embeddings!, ownBias!],
    };
  }
  return {
    leaf,
    slots: { [weight]: [units, inputSize], ...('useBias' in layer && layer.useBias && bias) },
    decode: ([kernel, ownBias]) => ({ kernel: transpose(kernel!), ...(ownBias && { bias: ownBias }) }),
    encode: ({ kernel, bias: ownBias }) => [transpose(kernel!), ...(ownBias ? [ownBias] : [])],
  };
}

/**
 * The layout of an attention wrapper's weight. A matrix, and the vector of the score, is an `nn.Linear`
 * without bias; others are an `nn.Parameter`.
 */
function attentionLayout(leaf: Leaf, layer: AttentionWeight, prefix: string): LeafLayout {
  const { weight, inputSize, units, shape } = layer;
  if (shape.length === 1 && weight !== 'scoreVector') {
    const slots = { [prefix.slice(0, -1)]: shape };
    return { leaf, slots, decode: ([own]) => ({ [weight]: own! }), encode: (own) => [own[weight]!] };
  }
  const isVector = weight === 'scoreVector';
  return {
    leaf,
    slots: { [`${prefix}weight`]: isVector ? [1, units] : [units, inputSize] },
    decode: ([own]) => ({ [weight]: isVector ? reshape(own!, shape) : transpose(own!) }),
    encode: (own) => [isVector ? reshape(own[weight]!, [1, units]) : transpose(own[weight]!)],
  };
}

/** The layout of a convolution, [O, I, taps] in PyTorch, or of layer normalisation. */
function channelLayout(leaf: Leaf<ChannelLayer>, prefix: string): LeafLayout {
  const { structure, inputSize, units } = leaf.layer;
  const [weight, bias] = [`${prefix}weight`, `${prefix}bias`];
  if (structure.type === 'layerNorm') {
    return {
      leaf,
      slots: { [weight]: [units], [bias]: [units] },
      decode: ([gamma, beta]) => ({ gamma: gamma!, beta: beta! }),
      encode: ({ gamma, beta }) => [gamma!, beta!],
    };
  }
  const taps = [structure.kernelSize].flat();
  const count = taps.reduce((product, size) => product * size, 1);
  const [ours, theirs] = [
    [...taps, inputSize, units],
    [units, inputSize, ...taps],
  ];
  return {
    leaf,
    slots: { [weight]: theirs, ...(structure.useBias && { [bias]: [units] }) },
    decode: ([kernel, own]) => ({
      kernel: reshape(turned(kernel!, units, inputSize, count), ours),
      ...(own && { bias: own }),
    }),
    encode: ({ kernel, bias: own }) => [filterOf(kernel!), ...(own ? [own] : [])],
  };
}

function minimalLayout(leaf: Leaf<MinimalLayer>, prefix: string): LeafLayout {
  const { layer } = leaf;
  const rows = columnsOf(leaf);
  const ours = layerType<MinimalLayer>(layer).gates;
  const theirs = ['candidate', ...ours.slice(0, -1)];
  const toOurs = (matrix: Matrix) => reorderGates(matrix, layer.units, theirs, ours);
  const toTheirs = (matrix: Matrix) => reorderGates(matrix, layer.units, ours, theirs);
  const module = `${prefix}${MINIMAL_MODULES[layer.type]}`;
  return {
    leaf,
    slots: {
      [`${module}.weight`]: [rows, layer.inputSize],
      ...(layer.useBias && { [`${module}.bias`]: [rows] }),
    },
    decode: ([weight, bias]) => ({ kernel: toOurs(transpose(weight!)), ...(bias && { bias: toOurs(bias) }) }),
    encode: ({ kernel, bias }) => [transpose(toTheirs(kernel!)), ...(bias ? [toTheirs(bias)] : [])],
  };
}

function recurrentLayout(
  leaf: Leaf<RecurrentLayer>,
  prefix: string,
  place: string,
  biased: boolean,
): LeafLayout {
  const { layer } = leaf;
  const rows = columnsOf(leaf);
  const outputSize = outputSizeOf(leaf);
  const isGru = layer.type === 'gru';
  const projects = layer.type === 'lstm' && layer.projection !== undefined;
  const { toOurs, toTheirs } = gateConversion(layer, PYTORCH_GATES);
  return {
    leaf,
    slots: {
      [`${prefix}weight_ih${place}`]: [rows, layer.inputSize],
      [`${prefix}weight_hh${place}`]: [rows, outputSize],
      ...(biased ? { [`${prefix}bias_ih${place}`]: [rows], [`${prefix}bias_hh${place}`]: [rows] } : {}),
      ...(projects ? { [`${prefix}weight_hr${place}`]: [outputSize, layer.units] } : {}),
    },
    decode: ([weightIh, weightHh, ...rest]) => {
      const [biasIh, biasHh] = biased
        ? (rest.splice(0, 2) as [Matrix, Matrix])
        : [zeros([rows]), zeros([rows])];
      const [weightHr] = rest;
      return {
        kernel: toOurs(transpose(weightIh!)),
        recurrentKernel: toOurs(transpose(weightHh!)),
        ...(isGru
          ? { bias: toOurs(biasIh), recurrentBias: toOurs(biasHh) }
          : { bias: toOurs(add(biasIh, biasHh)) }),
        ...(weightHr && { projection: transpose(weightHr) }),
      };
    },
    encode: ({ kernel, recurrentKernel, bias, recurrentBias, projection }) => [
      transpose(toTheirs(kernel!)),
      transpose(toTheirs(recurrentKernel!)),
      toTheirs(bias!),
      recurrentBias ? toTheirs(recurrentBias) : zeros([rows]),
      ...(projection ? [transpose(projection)] : []),
    ],
  };
}
