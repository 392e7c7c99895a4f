/**
 * Keras's weights (`layer.get_weights()`; keras 3.15, `src/layers/rnn`): kernel, recurrent kernel and bias
 * have our layouts and gate orders, LSTM i, f, c, o and GRU z, r, h; a GRU with `reset_after=True` keeps its
 * two biases as rows. `unit_forget_bias` acts when the weights are made, so nothing is added to them here.
 */
import type { AnyPart, RecurrentLayer } from '@unrolled/cells';
import type { LeafLayout } from './arrays';
import { gateConversion, KERAS_GATES } from './gates';
import { attentionWeight, lstmOptions, minimalLayer, refuseLacking } from './lacking';
import { joinRows, type Matrix, reshape, takeRows, zeros } from './matrix';
import {
  columnsOf,
  isRecurrent,
  type Leaf,
  outputSizeOf,
  type WeightedLayer,
  type Weights,
  weightedLayers,
  weightShapes,
} from './model';

/** The layers with weights, held to what Keras has. */
export function kerasLayers(scope: string, model: AnyPart): WeightedLayer[] {
  const layers = weightedLayers(scope, model);
  for (const leaf of layers.flatMap(({ directions }) => directions)) {
    refuseLacking(scope, 'Keras', leaf, [
      ...lstmOptions(leaf, ['peepholes', 'cellClip', 'projection', 'projectionClip']),
      ...minimalLayer(leaf),
      ...(leaf.layer.type === 'tiedHead' ? ['a table shared by both ends'] : []),
      ...attentionWeight(leaf),
    ]);
  }
  return layers;
}

/**
 * The layout of one leaf.
 *
 * @param nameOf the name of its first array, its second, …
 * @param biased whether a recurrent one has a bias
 */
export function kerasLeafLayout(leaf: Leaf, nameOf: (index: number) => string, biased: boolean): LeafLayout {
  const { shapes, ...conversion } = isRecurrent(leaf) ? recurrentLayout(leaf, biased) : plainLayout(leaf);
  const slots = Object.fromEntries(shapes.map((shape, index) => [nameOf(index), shape]));
  return { leaf, slots, ...conversion };
}

type Layout = Pick<LeafLayout, 'decode' | 'encode'> & { readonly shapes: readonly (readonly number[])[] };

const plainLayout = (leaf: Leaf): Layout => ({
  shapes: Object.values(weightShapes(leaf)),
  decode: ([table, bias]): Weights =>
    leaf.layer.type === 'embedding' ? { embeddings: table! } : { kernel: table!, ...(bias && { bias }) },
  encode: ({ embeddings, kernel, bias }) => [(embeddings ?? kernel)!, ...(bias ? [bias] : [])],
});

function recurrentLayout(leaf: Leaf<RecurrentLayer>, biased: boolean): Layout {
  const { layer } = leaf;
  const columns = columnsOf(leaf);
  // A GRU that resets after keeps its two biases.
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
