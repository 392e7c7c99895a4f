/**
 * Keras's weights (`layer.get_weights()`; keras 3.15, `src/layers/rnn`). Kernel, recurrent kernel and bias
 * have our layouts, with the gates in the order LSTM i, f, c, o and GRU z, r, h. A GRU with
 * `reset_after=True` stores its two biases as rows. `unit_forget_bias` acts when Keras initialises weights,
 * so nothing is added here.
 *
 * In Keras, attention consists of separate layers. Memory, query and attentional vector are `Dense` layers
 * without bias. v is the weight of `AdditiveAttention`, the gain is the `scale` of `Attention`, and the
 * bridge of an encoder–decoder is one `Dense` for each state.
 */
import type { AnyPart, RecurrentLayer } from '@unrolled/cells';
import type { LeafLayout } from './arrays';
import { gateConversion, KERAS_GATES } from './gates';
import { lstmOptions, minimalLayer, normalizedLstm, refuseLacking } from './lacking';
import { joinRows, type Matrix, reshape, takeRows, zeros } from './matrix';
import {
  columnsOf,
  isRecurrent,
  type Leaf,
  nameOf,
  outputSizeOf,
  partsWithin,
  structureFor,
  type WeightedLayer,
  type Weights,
  weightedLayers,
  weightShapes,
} from './model';
import { refuse } from './refuse';

/** The layers with weights, after a check that Keras supports them. */
export function kerasLayers(scope: string, model: AnyPart): WeightedLayer[] {
  const layers = weightedLayers(scope, model);
  refuseFeeding(scope, model);
  for (const leaf of layers.flatMap(({ directions }) => directions)) {
    refuseLacking(scope, 'Keras', leaf, [
      ...lstmOptions(leaf, ['peepholes', 'cellClip', 'projection', 'projectionClip']),
      ...minimalLayer(leaf),
      ...normalizedLstm(leaf),
      ...(leaf.layer.type === 'tiedHead' ? ['a table shared by input and output'] : []),
    ]);
  }
  return layers;
}

/**
 * Refuses attention that Keras has no layers for. Its recurrent layers cannot read the attention output of
 * the previous step.
 */
function refuseFeeding(scope: string, part: AnyPart): void {
  const structure = structureFor(scope, part);
  for (const inner of partsWithin(scope, part)) refuseFeeding(scope, inner);
  if (structure.type !== 'attentionWrapper') return;
  const { inputFeeding, normalized } = structure;
  if (!inputFeeding && !normalized) return;
  refuse(scope, {
    expected: 'attention that Keras supports',
    got: `${nameOf(part)} with ${inputFeeding ? 'input feeding' : 'a normalized score'}`,
    remedy: 'export a model without this feature, or only the encoder',
    code: 'unsupported',
  });
}

/**
 * The layout of one leaf.
 *
 * @param nameOf returns the name of an array of the leaf, by its index
 * @param biased whether a recurrent leaf has a bias
 */
export function kerasLeafLayout(leaf: Leaf, nameOf: (index: number) => string, biased: boolean): LeafLayout {
  const { shapes, ...conversion } = isRecurrent(leaf) ? recurrentLayout(leaf, biased) : plainLayout(leaf);
  const slots = Object.fromEntries(shapes.map((shape, index) => [nameOf(index), shape]));
  return { leaf, slots, ...conversion };
}

type Layout = Pick<LeafLayout, 'decode' | 'encode'> & { readonly shapes: readonly (readonly number[])[] };

function plainLayout(leaf: Leaf): Layout {
  const own = Object.entries(weightShapes(leaf));
  // The gain of a scaled score is a single number in Keras.
  const shapes = own.map(([name, shape]) => (name === 'scoreGain' ? [] : shape));
  return {
    shapes,
    decode: (arrays): Weights =>
      Object.fromEntries(own.map(([name, shape], index) => [name, reshape(arrays[index]!, shape)])),
    encode: (weights) => own.map(([name], index) => reshape(weights[name]!, shapes[index]!)),
  };
}

function recurrentLayout(leaf: Leaf<RecurrentLayer>, biased: boolean): Layout {
  const { layer } = leaf;
  const columns = columnsOf(leaf);
  // A GRU that resets after the product keeps two biases.
  const resetsAfter = layer.type === 'gru' && layer.variant === 'reset-after';
  const biasShape = resetsAfter ? [2, columns] : [columns];
  const { toOurs, toTheirs } = gateConversion(layer, KERAS_GATES);
  return {
    shapes: [[layer.inputSize, columns], [outputSizeOf(leaf), columns], ...(biased ? [biasShape] : [])],
    decode([kernel, recurrentKernel, bias = zeros(biasShape)]) {
      const cell = { kernel: toOurs(kernel!), recurrentKernel: toOurs(recurrentKernel!) };
      if (!resetsAfter) return { ...cell, bias: toOurs(bias) };
      const row = (index: number) => toOurs(reshape(takeRows(bias, index, index + 1), [columns]));
      return { ...cell, bias: row(0), recurrentBias: row(1) };
    },
    encode({ kernel, recurrentKernel, bias, recurrentBias }) {
      const row = (one: Matrix) => reshape(toTheirs(one), [1, columns]);
      const both = recurrentBias ? joinRows(row(bias!), row(recurrentBias)) : toTheirs(bias!);
      return [toTheirs(kernel!), toTheirs(recurrentKernel!), both];
    },
  };
}
