/** A changed copy of a built-in cell is a part of the user's own: no exporter takes it for the original. */
import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyCell,
  type AnyPart,
  bidirectional,
  disposeTree,
  dropoutWrapper,
  gru,
  lastOutput,
  residual,
  stack,
} from '@unrolled/cells';
import { expect, it } from 'vitest';
import { fromPyTorch, toKeras, toKerasWeights, toOnnx, toPyTorch, toTensorFlow1 } from '../src/index';
import { writeKeras } from '../src/keras';
import { complaint } from './support';

const makeCell = (): AnyCell => gru({ inputSize: 3, units: 3, variant: 'reset-before' });
const doubled = (cell: AnyCell): AnyCell['step'] => {
  const { step } = cell;
  return (...args) => {
    const { output, state } = step(...args);
    return { output: tf.mul(output, 2), state };
  };
};

const changes: [string, () => AnyCell][] = [
  ['a spread', () => ({ ...makeCell(), step: doubled(makeCell()) })],
  ['an heir', () => Object.create(makeCell(), { step: { value: doubled(makeCell()) } })],
  ['a proxy', () => new Proxy(makeCell(), {})],
  ['a part with its step replaced', () => Object.assign(makeCell(), { step: doubled(makeCell()) })],
];

const places: ((cell: AnyCell) => AnyPart)[] = [
  (cell) => cell,
  (cell) => stack([cell]),
  (cell) => bidirectional(makeCell(), cell),
  (cell) => residual(cell),
  (cell) => dropoutWrapper(cell, { input: 0.5 }),
  (cell) => lastOutput(cell),
];

it.each(changes)('%s is refused by its name', async (_change, make) => {
  for (const place of places) {
    const model = place(make());
    const params = model.init(1);
    const conversions: (() => unknown)[] = [
      () => toPyTorch(model, params),
      () => fromPyTorch({}, model),
      () => toKeras(model, params),
      () => toKerasWeights(model, params),
      () => toTensorFlow1(model, params),
      () => toOnnx(model, params),
    ];
    // A Sequential has no residual parts at all.
    if (!model.name?.startsWith('residual')) conversions.push(() => writeKeras(model, params));
    for (const convert of conversions) {
      expect(await complaint(async () => convert())).toContain(
        'expected parts that were created by @unrolled/cells, got gru, a user-defined part',
      );
    }
    disposeTree(params);
  }
});
