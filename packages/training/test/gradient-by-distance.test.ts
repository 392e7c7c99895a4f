import * as tf from '@tensorflow/tfjs-core';
import {
  dense,
  disposeTree,
  dropout,
  gru,
  lstm,
  mapTree,
  simpleRnn,
  stack,
  tensorsOf,
  unroll,
} from '@unrolled/cells';
import { sequenceLoss } from '@unrolled/losses';
import { describe, expect, it } from 'vitest';
import { gradientByDistance } from '../src/index';
import { complaint, withoutLeak } from './support';

const V = 4;
const head = dense({ inputSize: 5, units: V });
const models = {
  rnn: stack([simpleRnn({ inputSize: V, units: 5, inputKind: 'ids' }), head]),
  lstm: stack([lstm({ inputSize: V, units: 5, inputKind: 'ids' }), lstm({ inputSize: 5, units: 5 }), head]),
  gru: stack([gru({ inputSize: V, units: 5, inputKind: 'ids' }), head]),
};
const windows = [
  [0, 1, 2, 3, 1, 0, 2],
  [3, 3, 1, 0, 2, 2, 1],
];

describe.each(Object.entries(models))('gradientByDistance: %s', (name, layer) => {
  it('is the gradient that finite differences give', async () => {
    await withoutLeak(() => {
      const params = layer.init(3) as never;
      const options = { model: layer as (typeof models)['rnn'], params, distance: 4 };
      const norms = gradientByDistance({ ...options, windows });
      expect(Object.keys(norms).sort()).toEqual(name === 'lstm' ? ['c', 'h'] : ['h']);
      for (const distance of [1, 4]) {
        for (const [kind, values] of Object.entries(norms)) {
          const expected = windows.map((window) => slope(options.model, params, window, distance, kind));
          const mean = expected.reduce((sum, norm) => sum + norm) / windows.length;
          expect(Math.abs(values[distance - 1]! / mean - 1)).toBeLessThan(0.02);
        }
      }
      disposeTree(params);
    });
  });
});

/** ‖∂ loss_T / ∂ s_(T−d)‖ of one window by central differences, over the states called `kind`. */
function slope(
  layer: (typeof models)['rnn'],
  params: never,
  window: number[],
  distance: number,
  kind: string,
): number {
  const steps = window.length - 1;
  return tf.tidy(() => {
    const ids = (from: number, to: number) => tf.tensor2d([window.slice(from, to)], undefined, 'int32');
    const { state } = unroll(layer, params, ids(0, steps - distance));
    const lossAt = (changed: number, unit: number, by: number) => {
      let index = -1;
      const moved = mapTree(state, (tensor) => {
        index += 1;
        const values = tensor.dataSync<'float32'>().slice();
        if (index === changed) values[unit]! += by;
        return tf.tensor(values, tensor.shape);
      });
      const { output } = unroll(layer, params, ids(steps - distance, steps), { initialState: moved });
      const last = tf.slice(output, [0, distance - 1, 0], [1, 1, V]) as tf.Tensor3D;
      return sequenceLoss(last, tf.tensor2d([[window[steps]!]], undefined, 'int32')).dataSync()[0]!;
    };
    const isKind = (at: number) => tensorsOf(state).length === 1 || ['h', 'c'][at % 2] === kind;
    let squares = 0;
    tensorsOf(state).forEach((tensor, at) => {
      if (!isKind(at)) return;
      for (let unit = 0; unit < tensor.size; unit++)
        squares += ((lossAt(at, unit, 0.03) - lossAt(at, unit, -0.03)) / 0.06) ** 2;
    });
    return Math.sqrt(squares);
  });
}

it('knows the powers of a linear recurrence: × 0.5 a step, and × 2', async () => {
  await withoutLeak(() => {
    for (const weight of [0.5, 2]) {
      // h' = relu(w h) with h always positive; the logits are h and 0.
      const layer = stack([
        simpleRnn({ inputSize: 2, units: 1, activation: 'relu', inputKind: 'ids' }),
        dense({ inputSize: 1, units: 2 }),
      ]);
      const params = [
        {
          kernel: tf.tensor2d([[1e-3], [1e-3]]),
          recurrentKernel: tf.tensor2d([[weight]]),
          bias: tf.zeros([1]),
        },
        { kernel: tf.tensor2d([[1, 0]]), bias: tf.zeros([2]) },
      ] as never;
      const { h } = gradientByDistance({
        model: layer,
        params,
        windows: [[0, 1, 0, 1, 0, 0, 0, 1]],
        distance: 6,
      });
      for (let back = 2; back <= 6; back++) expect(h![back - 1]! / h![back - 2]!).toBeCloseTo(weight, 4);
      disposeTree(params);
    }
  });
});

it('drops no units', () =>
  withoutLeak(() => {
    const cell = gru({ inputSize: V, units: 5, inputKind: 'ids' });
    const [plain, dropping] = [stack([cell, head]), stack([cell, dropout({ size: 5, rate: 0.5 }), head])];
    const params = plain.init(1);
    const own = [params[0], {}, params[1]] as never;
    const norms = gradientByDistance({ model: plain, params, windows, distance: 3 });
    expect(gradientByDistance({ model: dropping, params: own, windows, distance: 3 })).toEqual(norms);
    disposeTree(params);
  }));

it('refuses what it cannot look at', async () => {
  const params = models.rnn.init(1);
  const refusal = (changes: object) =>
    complaint(() => gradientByDistance({ model: models.rnn, params, windows, distance: 3, ...changes }));
  await withoutLeak(async () => {
    expect(await refusal({ windows: [] })).toMatch('at least one window, got none');
    expect(await refusal({ distance: 0 })).toMatch('a distance to be a positive integer, got 0');
    expect(await refusal({ distance: 7 })).toMatch('more than the distance 7, got 7 and 7 ids');
    expect(
      await refusal({
        windows: [
          [0, 1, 2, 3],
          [0, 1, 2],
        ],
      }),
    ).toMatch('got 4 and 3 ids');
    expect(await refusal({ windows: [[0, 1, 2, 3, 4]] })).toMatch('in a window, got 4');
  });
  disposeTree(params);
});
