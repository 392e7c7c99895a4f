/**
 * Conversions between our order of gates and layout of weights (layers/: LSTM i, f, g, o; GRU z, r, n;
 * kernels [I, G·H] and [H, G·H]) and those of TensorFlow's ops.
 */
import type { Id, NativeOps } from './native-ops';

/**
 * The LSTM block ops have the gates in the order input, cell, forget, output ("ICFO"). The two in the middle
 * are swapped, in both directions.
 *
 * @param axis the axis of the gates, of length 4·H
 */
export function swapBlockOrder(ops: NativeOps, tensor: Id, axis: number): Id {
  return reorder(ops, tensor, axis, [0, 2, 1, 3]);
}

/**
 * cuDNN's GRU has the reset gate before the update gate; this permutation is its own inverse too. cuDNN's
 * other layers have our order.
 */
const CUDNN_ORDER = { lstm: [0, 1, 2, 3], gru: [1, 0, 2], rnn_tanh: [0], rnn_relu: [0] } as const;
export type CudnnMode = keyof typeof CUDNN_ORDER;

/** Reorders equal parts of a tensor. */
function reorder(ops: NativeOps, tensor: Id, axis: number, order: readonly number[]): Id {
  if (order.every((place, n) => place === n)) return tensor;
  const parts = ops.split(tensor, order.length, axis);
  const result = ops.concat(
    order.map((place) => parts[place]!),
    axis,
  );
  ops.free(...parts);
  return result;
}

export interface LayerWeights {
  /** [I, G·H] */
  kernel: Id;
  /** [H, G·H] */
  recurrentKernel: Id;
  /** [G·H] */
  bias: Id;
  /** [G·H]; cuDNN always has a recurrent bias. */
  recurrentBias: Id;
}

/**
 * The flat parameters of a one-layer, one-directional cuDNN RNN: the transposed kernel [H,I] of each gate,
 * the transposed recurrent kernel [H,H] of each gate, then the input biases and the recurrent biases. (Keras
 * packs them the same way.)
 */
export function packCudnnWeights(ops: NativeOps, mode: CudnnMode, weights: LayerWeights): Id {
  const matrix = (id: Id) => ops.reshape(ops.transpose(reorder(ops, id, 1, CUDNN_ORDER[mode]), [1, 0]), [-1]);
  const vector = (id: Id) => reorder(ops, id, 0, CUDNN_ORDER[mode]);
  const { kernel, recurrentKernel, bias, recurrentBias } = weights;
  return ops.concat([matrix(kernel), matrix(recurrentKernel), vector(bias), vector(recurrentBias)], 0);
}

/** The inverse of `packCudnnWeights`, for gradients. */
export function unpackCudnnWeights(
  ops: NativeOps,
  mode: CudnnMode,
  parameters: Id,
  inputSize: number,
  units: number,
): LayerWeights {
  const order = CUDNN_ORDER[mode];
  const width = order.length * units;
  const sizes = [width * inputSize, width * units, width, width];
  const [kernel, recurrent, bias, recurrentBias] = ops.splitAt(parameters, sizes, 0) as [Id, Id, Id, Id];
  const matrix = (flat: Id, rows: number) =>
    reorder(ops, ops.transpose(ops.reshape(flat, [width, rows]), [1, 0]), 1, order);
  return {
    kernel: matrix(kernel, inputSize),
    recurrentKernel: matrix(recurrent, units),
    bias: reorder(ops, bias, 0, order),
    recurrentBias: reorder(ops, recurrentBias, 0, order),
  };
}
