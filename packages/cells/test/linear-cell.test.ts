/** Cells that are linear in their state, defined by one formula. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  bidirectional,
  type Cell,
  dense,
  disposeTree,
  type HiddenState,
  linearCell,
  minGru,
  positive,
  stepper,
  unroll,
} from '../src/index';
import { contractChecks } from '../src/testing';

/** minGRU with the parameters of `minGru`: kernel [I, 2H] and bias [2H], each in the order z, h. */
function ownMinGru(inputSize: number, units: number) {
  const gates = dense({ inputSize, units: 2 * units });
  return linearCell({
    ...{ name: 'ownMinGru', inputSize, units },
    init: gates.init,
    coefficients(params, x) {
      const all = gates.step(params, x, {}).output;
      const z: tf.Tensor2D = tf.sigmoid(tf.slice(all, [0, 0], [-1, units]));
      const h: tf.Tensor2D = positive(tf.slice(all, [0, units], [-1, units]));
      return { a: tf.sub(1, z), b: tf.mul(z, h) };
    },
  });
}
type Params = ReturnType<ReturnType<typeof ownMinGru>['init']>;

describe('a cell of linearCell', () => {
  const cell = ownMinGru(3, 4);
  for (const part of [cell, bidirectional(cell, cell)]) {
    for (const { name, check } of contractChecks(part)) it(`${part.name}: ${name}`, check);
  }

  it('gives what the built-in minGru gives, with lengths, in reverse, from a state and by steps', () => {
    expectTypeOf(cell).toEqualTypeOf<Cell<Params, HiddenState>>();
    const builtIn = minGru({ inputSize: 3, units: 4 });
    const params = builtIn.init(1);
    const x = tf.randomNormal<tf.Rank.R3>([2, 5, 3], 0, 1, 'float32', 1);
    const h = tf.randomNormal<tf.Rank.R2>([2, 4], 0, 1, 'float32', 2);
    for (const options of [
      {},
      { lengths: [5, 2] },
      { reverse: true, lengths: [0, 4] },
      { initialState: { h } },
    ]) {
      const [own, theirs] = [unroll(cell, params, x, options), unroll(builtIn, params, x, options)];
      expectClose(own.output, theirs.output);
      expectClose(own.state.h, theirs.state.h);
      disposeTree([own, theirs]);
    }
    const [hand, other] = [
      stepper(cell, params, { batchSize: 1 }),
      stepper(builtIn, params, { batchSize: 1 }),
    ];
    const [first, second] = [hand.step([1, 0, 2]), other.step([1, 0, 2])];
    first.forEach((value, unit) => {
      expect(value).toBeCloseTo(second[unit]!, 5);
    });
    hand.dispose();
    other.dispose();
    disposeTree([params, x, h]);
  });

  it('says which coefficient has another shape than its rows', () => {
    const wrong = (coefficients: (x: tf.Tensor2D) => unknown) => () =>
      tf.tidy(() => {
        const given = (_: object, x: tf.Tensor2D) => coefficients(x) as never;
        const part = linearCell({ inputSize: 3, units: 4, init: () => ({}), coefficients: given });
        unroll(part, {}, tf.zeros([2, 5, 3]));
      });
    expect(wrong((x) => ({ a: x, b: x }))).toThrow(
      '[unrolled/cells] linearCell: expected coefficients to return a [10, 4], one row for each row of its input, got [10, 3]',
    );
    expect(wrong(() => ({ a: tf.zeros([10, 4]) }))).toThrow('expected coefficients to return b [10, 4]');
    expect(wrong(() => undefined)).toThrow('expected coefficients to return a [10, 4]');
  });

  it('refuses options that are missing, wrong or not its own', () => {
    const good = { inputSize: 3, units: 4, init: () => ({}), coefficients: () => ({}) };
    const refused = (options: object) => () => linearCell({ ...good, ...options } as never);
    expect(refused({ units: 0 })).toThrow('[unrolled/cells] linearCell: expected units');
    expect(refused({ coefficients: undefined })).toThrow('coefficients');
    expect(refused({ unit: 4 })).toThrow('units');
  });
});

function expectClose(own: tf.Tensor, theirs: tf.Tensor): void {
  expect(own.shape).toEqual(theirs.shape);
  const [first, second] = [own.dataSync(), theirs.dataSync()];
  first.forEach((value, index) => {
    expect(value).toBeCloseTo(second[index]!, 5);
  });
}
