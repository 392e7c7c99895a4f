/**
 * TensorFlow 1's variables of layers other than plain recurrent cells:
 *
 *     LayerNormBasicLSTMCell   kernel [I + H, 4H], gates i, j, f, o; gamma and beta [H] under input, transform, forget, output, state
 *     AttentionWrapper         memory_layer/kernel [M, U], attention_layer/kernel [Q + M, A]; under bahdanau_attention
 *                              query_layer/kernel [Q, U], attention_v [U], with normalize=True attention_g [] and attention_b [U]
 *     tf.layers                dense, conv1d, conv2d: kernel in our layout, bias; an embedding is one variable
 *     contrib.layers           LayerNorm: gamma, beta
 *
 * (tensorflow 1.15, `contrib/rnn/python/ops/rnn_cell.py`, `contrib/seq2seq/python/ops/attention_wrapper.py`.)
 * All LSTMs of TF1 add the forget bias when the cell runs; ours is included in β.
 */
import type { LeafLayout } from './arrays';
import { reorderGates, TENSORFLOW1_GATES } from './gates';
import { joinRows, type Matrix, reshape, takeRows } from './matrix';
import { type ChannelLayer, type Leaf, type Weights, weightShapes } from './model';

/** The order of the normalisations in our rows of γ and β: i, f, g, o, c'. */
const NORMS = ['input', 'forget', 'transform', 'output', 'state'];
const GATES = ['input', 'forget', 'cell', 'output'];

/** The layout of an LSTM with layer normalisation. */
export function normalizedLayout(
  leaf: Leaf<ChannelLayer<'layerNormLstm'>>,
  name: string,
  forgetBias: number,
): LeafLayout {
  const { inputSize, units } = leaf.layer;
  const rows = inputSize + units;
  const theirs = TENSORFLOW1_GATES.lstm;
  const slotsOf = (variable: string) =>
    NORMS.map((norm) => [`${name}/${norm}/${variable}`, [units]] as const);
  const matrix = (vectors: readonly Matrix[]) =>
    vectors.map((vector) => reshape(vector, [1, units])).reduce(joinRows);
  const vectors = (norms: Matrix) => NORMS.map((_, row) => reshape(takeRows(norms, row, row + 1), [units]));
  return {
    leaf,
    slots: Object.fromEntries([
      [`${name}/kernel`, [rows, 4 * units]],
      ...slotsOf('gamma'),
      ...slotsOf('beta'),
    ]),
    decode([kernel, ...norms]) {
      const own = reorderGates(kernel!, units, theirs, GATES);
      return {
        kernel: takeRows(own, 0, inputSize),
        recurrentKernel: takeRows(own, inputSize, rows),
        gamma: matrix(norms.slice(0, NORMS.length)),
        beta: addToForget(matrix(norms.slice(NORMS.length)), units, forgetBias),
      };
    },
    encode: ({ kernel, recurrentKernel, gamma, beta }) => [
      reorderGates(joinRows(kernel!, recurrentKernel!), units, GATES, theirs),
      ...vectors(gamma!),
      ...vectors(addToForget(beta!, units, -forgetBias)),
    ],
  };
}

/** β [5, H] with `amount` added to the row of the forget gate. */
function addToForget({ shape, data }: Matrix, units: number, amount: number): Matrix {
  const row = NORMS.indexOf('forget');
  return {
    shape,
    data: data.map((value, index) => (Math.floor(index / units) === row ? value + amount : value)),
  };
}

/** The layout of layers without state. */
export function plainLayout(leaf: Leaf, name: string): LeafLayout {
  const own = Object.entries(weightShapes(leaf));
  const slots = own.map(([weight, shape]) => {
    if (weight === 'embeddings' || weight === 'scoreVector' || weight === 'scoreBias') return [name, shape];
    // The gain is a scalar in TensorFlow 1.
    if (weight === 'scoreGain') return [name, []];
    return [`${name}/${weight.endsWith('Kernel') ? 'kernel' : weight}`, shape];
  });
  return {
    leaf,
    slots: Object.fromEntries(slots),
    decode: (arrays): Weights =>
      Object.fromEntries(own.map(([weight, shape], index) => [weight, reshape(arrays[index]!, shape)])),
    encode: (weights) =>
      own.map(([weight, shape]) => reshape(weights[weight]!, weight === 'scoreGain' ? [] : shape)),
  };
}
