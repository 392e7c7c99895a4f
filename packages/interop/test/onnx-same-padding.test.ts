/** Padding 'same' of windows that do not touch, in onnxruntime against our own outputs. */
import * as tf from '@tensorflow/tfjs-core';
import { averagePool2d, conv2d, disposeTree, maxPool2d, stack, unroll } from '@unrolled/cells';
import * as ort from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { toOnnx } from '../src/index';
import { expectClose } from './support';

it.each([
  [1, 7],
  [6, 5],
  [9, 8],
])('gives our outputs of pictures of %i × %i', async (height, width) => {
  const model = stack([
    averagePool2d({ inputSize: 2, size: [2, 1], stride: 3, padding: 'same' }),
    conv2d({ inputSize: 2, filters: 3, kernelSize: [1, 2], stride: [2, 1], padding: 'same' }),
    maxPool2d({ inputSize: 3, size: 1, stride: 2, padding: 'same' }),
  ]);
  const params = model.init(1);
  const inputs = tf.randomNormal<tf.Rank.R4>([2, height, width, 2], 0, 1, 'float32', 1);
  const { output } = unroll(model, params, inputs);
  const session = await ort.InferenceSession.create(toOnnx(model, params));
  const feeds = {
    [session.inputNames[0]!]: new ort.Tensor('float32', inputs.dataSync<'float32'>(), inputs.shape),
  };
  const found = (await session.run(feeds))[session.outputNames[0]!]!;
  expect(found.dims).toEqual(output.shape);
  expectClose(found.data as Float32Array, output.dataSync<'float32'>());
  disposeTree(params);
  tf.dispose([inputs, output]);
});
