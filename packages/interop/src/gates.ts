/** The order of a layer's gates in each framework; ours is `layerType(layer).gates`. */
import { layerType, type RecurrentLayer } from '@unrolled/cells';
import { type Matrix, takeBlocks } from './matrix';

/** The gates of each layer type in another framework's order, under our names. */
export type GateOrders = Readonly<Record<RecurrentLayer['type'], readonly string[]>>;

/** torch: LSTM i, f, g, o; GRU r, z, n. */
export const PYTORCH_GATES: GateOrders = {
  simpleRnn: ['state'],
  lstm: ['input', 'forget', 'cell', 'output'],
  gru: ['reset', 'update', 'candidate'],
};

/** ONNX: LSTM i, o, f, c; GRU z, r, h. */
export const ONNX_GATES: GateOrders = {
  simpleRnn: ['state'],
  lstm: ['input', 'output', 'forget', 'cell'],
  gru: ['update', 'reset', 'candidate'],
};

/** TF1: LSTM i, j (the cell input), f, o; GRU r, u (update), and the candidate in a separate kernel. */
export const TENSORFLOW1_GATES: GateOrders = {
  simpleRnn: ['state'],
  lstm: ['input', 'cell', 'forget', 'output'],
  gru: ['reset', 'update', 'candidate'],
};

/** Keras: LSTM i, f, c, o; GRU z, r, h. */
export const KERAS_GATES: GateOrders = {
  simpleRnn: ['state'],
  lstm: ['input', 'forget', 'cell', 'output'],
  gru: ['update', 'reset', 'candidate'],
};

/**
 * Reorders the last axis, which has one block of `units` for each gate, from the order `from` to the order
 * `to`.
 */
export function reorderGates(
  matrix: Matrix,
  units: number,
  from: readonly string[],
  to: readonly string[],
): Matrix {
  return takeBlocks(
    matrix,
    units,
    to.map((gate) => from.indexOf(gate)),
  );
}

/** Converts a layer's kernel or bias from our order of the gates to another framework's, and back. */
export function gateConversion(layer: RecurrentLayer, orders: GateOrders) {
  const { gates } = layerType<RecurrentLayer>(layer);
  const theirs = orders[layer.type];
  return {
    toTheirs: (matrix: Matrix) => reorderGates(matrix, layer.units, gates, theirs),
    toOurs: (matrix: Matrix) => reorderGates(matrix, layer.units, theirs, gates),
  };
}
