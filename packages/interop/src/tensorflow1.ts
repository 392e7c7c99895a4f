/**
 * TensorFlow 1's variables (`tf.nn.rnn_cell`, `python/ops/rnn_cell_impl.py`), by their names in a checkpoint:
 *
 *     BasicRNNCell             kernel [I + H, H], bias [H]
 *     BasicLSTMCell, LSTMCell  kernel [I + H, 4H], bias [4H], gates i, j, f, o; w_i_diag, w_f_diag, w_o_diag [H];
 *                              projection/kernel [H, P], and P in the place of H in the kernel's rows
 *     GRUCell                  gates/kernel [I + H, 2H], gates/bias, gates r, u; candidate/kernel [I + H, H], candidate/bias
 *
 * Other cells are in tensorflow1-layouts.ts.
 *
 * Older names are also read (tensorflow1-names.ts). The kernel is our kernel above our recurrent kernel. TF1
 * adds `forget_bias` each time an LSTM runs, so its bias does not include it; ours does.
 */
import { type AnyPart, type LstmLayer, layerType, type ParamsOf, type RecurrentLayer } from '@unrolled/cells';
import { listed, type OptionKinds } from '@unrolled/errors';
import type { NamedTensors } from '@unrolled/safetensors';
import { decodeArrays, encodeArrays, type LeafLayout, mapOf, type NamedArrays } from './arrays';
import { gateConversion, reorderGates, TENSORFLOW1_GATES } from './gates';
import { gruVariant, minimalLayer, refuseLacking } from './lacking';
import { joinColumns, joinRows, type Matrix, reshape, takeRows } from './matrix';
import {
  columnsOf,
  isNormalizedLstm,
  isRecurrent,
  type Leaf,
  nameOf,
  outputSizeOf,
  partsWithin,
  structureFor,
  type WeightedLayer,
  weightedLayers,
} from './model';
import { checkKind, checkOptions, refuse } from './refuse';
import { normalizedLayout, plainLayout } from './tensorflow1-layouts';
import { currentName } from './tensorflow1-names';

export interface ToTensorFlow1Options {
  /**
   * The scope of each layer with weights, in order; two for a bidirectional layer:
   * `['rnn/basic_lstm_cell', 'softmax']`,
   * `[['bidirectional_rnn/fw/lstm_cell', 'bidirectional_rnn/bw/lstm_cell']]`. The scope of an embedding is
   * the name of its variable. By default those of `dynamic_rnn`, of `MultiRNNCell` if there are several
   * cells, and of the bidirectional functions.
   */
  readonly names?: readonly (string | readonly [string, string])[];
  /** The forget bias of the TF1 cells; default 1, as in TF1. */
  readonly forgetBias?: number;
}

const TO_TENSOR_FLOW1_KINDS: OptionKinds<ToTensorFlow1Options> = {
  names: 'array?',
  forgetBias: 'number?',
};

export interface FromTensorFlow1Options extends ToTensorFlow1Options {
  /** Whether variables that the model does not use, such as an optimizer's, are refused; default true. */
  readonly strict?: boolean;
}

const FROM_TENSOR_FLOW1_KINDS: OptionKinds<FromTensorFlow1Options> = {
  strict: 'boolean?',
  names: 'array?',
  forgetBias: 'number?',
};

/**
 * Creates a model's parameters from the variables of a TF1 checkpoint, such as the `tensors` of a safetensors
 * file with them. `forgetBias` is added to the bias of the forget gates.
 *
 * @returns new tensors in the form of `model.init(seed)`; the caller disposes them
 * @throws UnrolledError if names are missing or unexpected, a shape differs, or the model has a feature that
 *   TF1 lacks
 */
export function fromTensorFlow1<L extends AnyPart>(
  tensors: NamedTensors,
  model: L,
  options: FromTensorFlow1Options = {},
): ParamsOf<L> {
  const scope = 'fromTensorFlow1';
  checkKind(scope, 'model', model, 'object');
  checkOptions(scope, options, FROM_TENSOR_FLOW1_KINDS);
  for (const name of (options.names ?? []).flat()) checkKind(scope, 'each name', name, 'string');
  const { names, forgetBias = 1, strict = true } = options;
  const given = mapOf(scope, tensors);
  const arrays = new Map([...given].map(([name, tensor]) => [currentName(name), tensor]));
  if (arrays.size < given.size) refuseTwice(scope, [...given.keys()]);
  const layers = checkedLayers(scope, model);
  const scopes = names
    ? names.map((one) =>
        typeof one === 'string' ? currentName(one) : ([currentName(one[0]), currentName(one[1])] as const),
      )
    : foundScopes(layers, arrays);
  return decodeArrays(scope, model, layoutsOf(scope, layers, scopes, forgetBias), arrays, strict);
}

/**
 * Returns a model's parameters as TF1 variables by name. `forgetBias` is subtracted from the bias of the
 * forget gates, because TF1 adds it again.
 *
 * @throws UnrolledError if the parameters do not belong to the model, or the model has a feature that TF1
 *   lacks: a GRU that resets after the product, a tied embedding, gates other than sigmoids, a score without
 *   a memory layer, a user-defined part
 */
export function toTensorFlow1<L extends AnyPart>(
  model: L,
  params: ParamsOf<L>,
  options: ToTensorFlow1Options = {},
): NamedArrays {
  const scope = 'toTensorFlow1';
  checkKind(scope, 'model', model, 'object');
  checkKind(scope, 'params', params, 'object or array');
  checkOptions(scope, options, TO_TENSOR_FLOW1_KINDS);
  for (const name of (options.names ?? []).flat()) checkKind(scope, 'each name', name, 'string');
  const { names, forgetBias = 1 } = options;
  const layers = checkedLayers(scope, model);
  const scopes = names ?? defaultScopes(layers, () => false);
  return encodeArrays(scope, layoutsOf(scope, layers, scopes, forgetBias), params);
}

function refuseTwice(scope: string, names: readonly string[]): never {
  const twice = names.filter((name) =>
    names.some((other) => other !== name && currentName(other) === currentName(name)),
  );
  refuse(scope, {
    expected: 'unique variables',
    got: `${listed(twice)}, the same variable under the names of different versions`,
    remedy: 'remove all but one of them',
  });
}

/**
 * Uses the scopes that TF1 creates. If the file has such a scope exactly once, below others (`model/rnn/…`),
 * that one is used.
 */
function foundScopes(layers: readonly WeightedLayer[], arrays: ReadonlyMap<string, unknown>): Scopes {
  const kernels = [...arrays.keys()]
    .filter((name) => name.endsWith('/kernel'))
    .map((name) => name.slice(0, -7));
  const usual = defaultScopes(layers, (name) => arrays.has(`${name}/kernel`) || isUnder(kernels, name));
  const located = (one: string) => {
    const own = one.replace(/^rnn\//, '');
    const gates = own.endsWith('gru_cell') ? `${own}/gates` : own;
    const places = kernels.filter((name) => name === gates || name.endsWith(`/${gates}`));
    const isThere = arrays.has(one) || kernels.some((name) => name === one || name === `${one}/gates`);
    return isThere || places.length !== 1 ? one : places[0]!.replace(/\/gates$/, '');
  };
  return usual.map((one) =>
    typeof one === 'string' ? located(one) : ([located(one[0]), located(one[1])] as const),
  );
}

const isUnder = (kernels: readonly string[], name: string) =>
  kernels.some((kernel) => kernel.endsWith(`/${name.replace(/^rnn\//, '')}`));

function checkedLayers(scope: string, model: AnyPart): WeightedLayer[] {
  const layers = weightedLayers(scope, model);
  refuseScores(scope, model);
  for (const leaf of layers.flatMap(({ directions }) => directions)) {
    const { layer } = leaf;
    refuseLacking(scope, 'TensorFlow 1', leaf, [
      ...minimalLayer(leaf),
      ...gruVariant(leaf, 'reset-after'),
      ...(layer.type === 'tiedHead' ? ['a table shared by input and output'] : []),
      ...('recurrentActivation' in layer && layer.recurrentActivation !== 'sigmoid'
        ? ['gates other than sigmoids']
        : []),
    ]);
  }
  return layers;
}

/** Refuses scores without a memory layer, because TF1's attention always has one. */
function refuseScores(scope: string, part: AnyPart): void {
  const structure = structureFor(scope, part);
  for (const inner of partsWithin(scope, part)) refuseScores(scope, inner);
  if (structure.type !== 'attentionWrapper') return;
  if (structure.score !== 'dot' && structure.score !== 'scaled') return;
  refuse(scope, {
    expected: 'attention with a memory layer, as in TensorFlow 1',
    got: `${nameOf(part)} with the score '${structure.score}'`,
    remedy: "use the score 'additive' or 'general'",
    code: 'unsupported',
  });
}

type Scopes = readonly (string | readonly [string, string])[];

function layoutsOf(
  scope: string,
  layers: readonly WeightedLayer[],
  scopes: Scopes,
  forgetBias: number,
): LeafLayout[] {
  const fits = layers.every(
    ({ directions }, index) =>
      (typeof scopes[index] === 'string' ? 1 : scopes[index]?.length) === directions.length,
  );
  if (scopes.length !== layers.length || !fits) {
    refuse(scope, {
      expected: `one scope for each of the layers ${layers.map(({ directions }) => directions[0].name).join(', ')}, two for both directions`,
      got: JSON.stringify(scopes),
      remedy: 'list the scopes in the order of the model',
    });
  }
  return layers.flatMap(({ directions }, index) =>
    directions.map((leaf, direction) => {
      const name = [scopes[index]!].flat()[direction]!;
      if (isNormalizedLstm(leaf)) return normalizedLayout(leaf, name, forgetBias);
      if (!isRecurrent(leaf)) return plainLayout(leaf, name);
      return leaf.layer.type === 'gru' ? gruLayout(leaf, name) : kernelLayout(leaf, name, forgetBias);
    }),
  );
}

/** A basic RNN or an LSTM: one kernel, one bias, and the weights that the LSTM's options add. */
function kernelLayout(leaf: Leaf<RecurrentLayer>, name: string, forgetBias: number): LeafLayout {
  const { layer } = leaf;
  const { inputSize, units } = layer;
  const outputSize = outputSizeOf(leaf);
  const rows = inputSize + outputSize;
  const columns = columnsOf(leaf);
  const { toOurs, toTheirs } = gateConversion(layer, TENSORFLOW1_GATES);
  const isLstm = layer.type === 'lstm';
  const forgetting = (bias: Matrix, amount: number) => (isLstm ? addToForgetGate(bias, units, amount) : bias);
  const peepholes = isLstm && layer.peepholes;
  const projects = isLstm && layer.projection !== undefined;
  return {
    leaf,
    slots: {
      [`${name}/kernel`]: [rows, columns],
      [`${name}/bias`]: [columns],
      ...(peepholes && {
        [`${name}/w_i_diag`]: [units],
        [`${name}/w_f_diag`]: [units],
        [`${name}/w_o_diag`]: [units],
      }),
      ...(projects && { [`${name}/projection/kernel`]: [units, outputSize] }),
    },
    decode([kernel, bias, ...rest]) {
      const diagonals = peepholes ? rest.splice(0, 3) : [];
      const [projection] = rest;
      return {
        kernel: toOurs(takeRows(kernel!, 0, inputSize)),
        recurrentKernel: toOurs(takeRows(kernel!, inputSize, rows)),
        bias: forgetting(toOurs(bias!), forgetBias),
        ...(peepholes && { peephole: diagonals.map((one) => reshape(one, [1, units])).reduce(joinRows) }),
        ...(projection && { projection }),
      };
    },
    encode: ({ kernel, recurrentKernel, bias, peephole, projection }) => [
      toTheirs(joinRows(kernel!, recurrentKernel!)),
      toTheirs(forgetting(bias!, -forgetBias)),
      ...(peephole ? [0, 1, 2].map((row) => reshape(takeRows(peephole, row, row + 1), [units])) : []),
      ...(projection ? [projection] : []),
    ],
  };
}

/** An LSTM's b [4H] in our gate order, with `amount` added to the part of the forget gate. */
function addToForgetGate({ shape, data }: Matrix, units: number, amount: number): Matrix {
  const forget = layerType<LstmLayer>({ type: 'lstm' }).gates.indexOf('forget');
  return {
    shape,
    data: data.map((value, index) => (Math.floor(index / units) === forget ? value + amount : value)),
  };
}

/** One kernel contains the gates, another the candidate. */
function gruLayout(leaf: Leaf<RecurrentLayer>, name: string): LeafLayout {
  const { inputSize, units } = leaf.layer;
  const rows = inputSize + units;
  const ours = layerType<RecurrentLayer>(leaf.layer).gates;
  const theirs = TENSORFLOW1_GATES.gru;
  const join = (gates: Matrix, candidate: Matrix) =>
    reorderGates(joinColumns(gates, candidate), units, theirs, ours);
  const split = (matrix: Matrix) =>
    [theirs.slice(0, 2), theirs.slice(2)].map((gates) => reorderGates(matrix, units, ours, gates));
  return {
    leaf,
    slots: {
      [`${name}/gates/kernel`]: [rows, 2 * units],
      [`${name}/gates/bias`]: [2 * units],
      [`${name}/candidate/kernel`]: [rows, units],
      [`${name}/candidate/bias`]: [units],
    },
    decode([gates, gatesBias, candidate, candidateBias]) {
      const kernel = join(gates!, candidate!);
      return {
        kernel: takeRows(kernel, 0, inputSize),
        recurrentKernel: takeRows(kernel, inputSize, rows),
        bias: join(gatesBias!, candidateBias!),
      };
    },
    encode({ kernel, recurrentKernel, bias }) {
      const [gates, candidate] = split(joinRows(kernel!, recurrentKernel!));
      const [gatesBias, candidateBias] = split(bias!);
      return [gates!, gatesBias!, candidate!, candidateBias!];
    },
  };
}

/** The scope of a cell inside an attention wrapper, and the wrapper's additional variables. */
const WRAPPER = 'decoder/attention_wrapper';
const BAHDANAU = `${WRAPPER}/bahdanau_attention`;

/** The scopes of layers other than cells. */
const SCOPES: Readonly<Record<string, string>> = {
  linear: 'dense',
  embedding: 'embedding',
  conv1d: 'conv1d',
  conv2d: 'conv2d',
  layerNorm: 'LayerNorm',
  memoryKernel: 'memory_layer',
  queryKernel: `${BAHDANAU}/query_layer`,
  scoreVector: `${BAHDANAU}/attention_v`,
  scoreGain: `${BAHDANAU}/attention_g`,
  scoreBias: `${BAHDANAU}/attention_b`,
  attentionKernel: `${WRAPPER}/attention_layer`,
};

/**
 * The scopes that TF1 creates: rnn/[multi_rnn_cell/cell_k/]<cell>,
 * [stack_bidirectional_rnn/cell_k/]bidirectional_rnn/fw/<cell>,
 * decoder/attention_wrapper/[multi_rnn_cell/cell_k/]<cell>.
 */
function defaultScopes(layers: readonly WeightedLayer[], isCell: (name: string) => boolean): Scopes {
  const placeOf = ({ directions: [leaf, backward] }: WeightedLayer) =>
    backward ? 'both' : /(^|\.)cell(\.|$)/.test(leaf.path) ? WRAPPER : 'rnn';
  const hasState = ({ directions: [leaf] }: WeightedLayer) => isRecurrent(leaf) || isNormalizedLstm(leaf);
  const used = new Map<string, number>();
  const next = (name: string) => {
    const index = used.get(name) ?? 0;
    used.set(name, index + 1);
    return index;
  };
  return layers.map((layer) => {
    const { directions } = layer;
    const [leaf, backward] = directions;
    if (!hasState(layer)) {
      const base = SCOPES[leaf.layer.type === 'attentionWeight' ? leaf.layer.weight : leaf.layer.type]!;
      const index = next(base);
      return index === 0 ? base : `${base}_${index}`;
    }
    const place = placeOf(layer);
    const isOne = layers.filter((one) => hasState(one) && placeOf(one) === place).length === 1;
    const index = next(place);
    if (!backward) return cellScope(leaf, isOne ? place : `${place}/multi_rnn_cell/cell_${index}`, isCell);
    const parent = `${isOne ? '' : `stack_bidirectional_rnn/cell_${index}/`}bidirectional_rnn`;
    return [cellScope(leaf, `${parent}/fw`, isCell), cellScope(backward, `${parent}/bw`, isCell)];
  });
}

function cellScope({ layer }: Leaf, parent: string, isCell: (name: string) => boolean): string {
  if (layer.type === 'simpleRnn') return `${parent}/basic_rnn_cell`;
  if (layer.type === 'gru') return `${parent}/gru_cell`;
  if (layer.type === 'layerNormLstm') return `${parent}/layer_norm_basic_lstm_cell`;
  const { peepholes, cellClip, projection } = layer as LstmLayer;
  const plain = !peepholes && cellClip === undefined && projection === undefined;
  return plain && !isCell(`${parent}/lstm_cell`) ? `${parent}/basic_lstm_cell` : `${parent}/lstm_cell`;
}
