/** The layout of cuDNN's parameters, compared with its documentation, and the conversion back. */
import { expect, test } from 'vitest';
import { withNativeOps } from '../../src/tensorflow/native-ops';
import {
  type CudnnMode,
  packCudnnWeights,
  swapBlockOrder,
  unpackCudnnWeights,
} from '../../src/tensorflow/weight-layout';
import { generator } from '../fused';
import { liveTensors, tensorFlow } from './binding';

const [INPUT, UNITS] = [3, 2];
const GATES: Record<CudnnMode, number[]> = {
  // The positions of cuDNN's gates in our order: i, f, g, o; reset, update, candidate.
  lstm: [0, 1, 2, 3],
  gru: [1, 0, 2],
  rnn_tanh: [0],
  rnn_relu: [0],
};

test.each(Object.keys(GATES) as CudnnMode[])('%s: packed as cuDNN wants it, and unpacked', (mode) => {
  const gates = GATES[mode];
  const width = gates.length * UNITS;
  const random = generator(5);
  const array = (size: number) => Float32Array.from({ length: size }, () => random());
  const [kernel, recurrent, bias, recurrentBias] = [
    array(INPUT * width),
    array(UNITS * width),
    array(width),
    array(width),
  ];
  const expected: number[] = [];
  for (const [matrix, rows] of [
    [kernel, INPUT],
    [recurrent, UNITS],
  ] as const) {
    for (const gate of gates)
      for (let unit = 0; unit < UNITS; unit++)
        for (let row = 0; row < rows; row++) expected.push(matrix[row * width + gate * UNITS + unit]!);
  }
  for (const vector of [bias, recurrentBias])
    for (const gate of gates) expected.push(...vector.subarray(gate * UNITS, (gate + 1) * UNITS));

  const before = liveTensors();
  withNativeOps(tensorFlow(), (ops) => {
    const packed = packCudnnWeights(ops, mode, {
      kernel: ops.floats(kernel, [INPUT, width]),
      recurrentKernel: ops.floats(recurrent, [UNITS, width]),
      bias: ops.floats(bias, [width]),
      recurrentBias: ops.floats(recurrentBias, [width]),
    });
    expect(Array.from(ops.read(packed))).toEqual(expected);
    const back = unpackCudnnWeights(ops, mode, packed, INPUT, UNITS);
    expect(ops.read(back.kernel)).toEqual(kernel);
    expect(ops.read(back.recurrentKernel)).toEqual(recurrent);
    expect(ops.read(back.bias)).toEqual(bias);
    expect(ops.read(back.recurrentBias)).toEqual(recurrentBias);
  });
  expect(liveTensors()).toEqual(before);
});

test('the block ops’ order of gates: i, g, f, o', () => {
  withNativeOps(tensorFlow(), (ops) => {
    const gates = ops.floats(Float32Array.of(1, 1, 2, 2, 3, 3, 4, 4), [8]);
    const swapped = swapBlockOrder(ops, gates, 0);
    expect(Array.from(ops.read(swapped))).toEqual([1, 1, 3, 3, 2, 2, 4, 4]);
    expect(ops.read(swapBlockOrder(ops, swapped, 0))).toEqual(ops.read(gates));
  });
});
