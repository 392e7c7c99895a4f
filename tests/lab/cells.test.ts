/** The RNN lab's cases 1–8, 11–13 and 20: what its cells must give. */

import type { Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import {
  bidirectional,
  type Cell,
  embedding,
  glorotNormal,
  lastOutput,
  lstm,
  orthogonal,
  random,
  simpleRnn,
  splitDirections,
  stack,
  unroll,
} from '@unrolled/cells';
import { oneHot, vocabularyOf } from '@unrolled/data';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const letters = vocabularyOf(['h', 'e', 'l', 'o']);

/** Words of one length as one-hot vectors [B, T, 4]. */
function encodeWords(...words: string[]): Tensor3D {
  const ids = words.flatMap((word) => Array.from(letters.encode(word)));
  return tf.tensor3d(oneHot(Int32Array.from(ids), letters.size), [
    words.length,
    words[0]!.length,
    letters.size,
  ]);
}

const range45 = () =>
  tf.tensor3d(
    Float32Array.from({ length: 45 }, (_, i) => i),
    [3, 5, 3],
  );

let before = 0;
beforeEach(() => {
  before = tf.memory().numTensors;
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
  expect(tf.memory().numTensors).toBe(before);
});

describe('the RNN lab', () => {
  it('case 1: one cell', () => {
    const cell = simpleRnn({ inputSize: 4, units: 2 });
    const { output } = unroll(cell, cell.init(1), encodeWords('h'));
    expect(cell.outputSize).toBe(2);
    expect(cell.zeroState(1).h.shape).toEqual([1, 2]);
    expect(output.shape).toEqual([1, 1, 2]);
  });

  it('case 2: unfolding over five steps', () => {
    const cell = simpleRnn({ inputSize: 4, units: 2 });
    const { output, state } = unroll(cell, cell.init(1), encodeWords('hello'));
    expect(output.shape).toEqual([1, 5, 2]);
    expect(output.arraySync()[0]![4]).toEqual(state.h.arraySync()[0]);
  });

  it('case 3: a batch, whose rows do not depend on each other', () => {
    const cell = lstm({ inputSize: 4, units: 2 });
    const params = cell.init(1);
    const words = ['hello', 'eolll', 'lleel'];
    const { output } = unroll(cell, params, encodeWords(...words));
    expect(output.shape).toEqual([3, 5, 2]);
    words.forEach((word, row) => {
      const alone = unroll(cell, params, encodeWords(word)).output.arraySync()[0]!;
      alone.flat().forEach((value, i) => {
        expect(output.arraySync()[row]!.flat()[i]).toBeCloseTo(value, 6);
      });
    });
  });

  it('case 4: dynamic length', () => {
    const cell = lstm({ inputSize: 4, units: 2 });
    const lengths = [5, 4, 3];
    const { output, state } = unroll(cell, cell.init(1), encodeWords('hello', 'eolll', 'lleel'), { lengths });
    lengths.forEach((length, row) => {
      const rowOutput = output.arraySync()[row]!;
      expect(
        rowOutput
          .slice(length)
          .flat()
          .every((value) => value === 0),
      ).toBe(true);
      expect(state.h.arraySync()[row]).toEqual(rowOutput[length - 1]);
    });
  });

  it('case 5: an initial state of zeros is the same as none', () => {
    const cell = lstm({ inputSize: 4, units: 2 });
    const params = cell.init(1);
    const x = encodeWords('hello', 'eolll', 'lleel');
    const given = unroll(cell, params, x, { initialState: cell.zeroState(3) }).output.arraySync();
    expect(unroll(cell, params, x).output.arraySync()).toEqual(given);
  });

  it('case 6: three stacked LSTMs', () => {
    const model = stack([
      lstm({ inputSize: 3, units: 5 }),
      lstm({ inputSize: 5, units: 5 }),
      lstm({ inputSize: 5, units: 5 }),
    ]);
    const { output, state } = unroll(model, model.init(1), range45());
    expect(output.shape).toEqual([3, 5, 5]);
    expect(state.map(({ h, c }) => [h.shape, c.shape])).toEqual(
      Array(3).fill([
        [3, 5],
        [3, 5],
      ]),
    );
  });

  it('case 7: bidirectional with lengths', () => {
    const part = lstm({ inputSize: 3, units: 5 });
    const layer = bidirectional(part, part);
    const params = layer.init(1);
    const lengths = [2, 3, 1];
    const { output, state } = unroll(layer, params, range45(), { lengths });
    const { forward, backward } = splitDirections(output);
    expect([forward.shape, backward.shape]).toEqual([
      [3, 5, 5],
      [3, 5, 5],
    ]);
    lengths.forEach((length, row) => {
      for (const half of [forward, backward]) {
        expect(
          half
            .arraySync()
            [row]!.slice(length)
            .flat()
            .every((value) => value === 0),
        ).toBe(true);
      }
      // Backward, a row starts at its own last valid step, so its state is the output at its first.
      expect(state.backward.h.arraySync()[row]).toEqual(backward.arraySync()[row]![0]);
      expect(state.forward.h.arraySync()[row]).toEqual(forward.arraySync()[row]![length - 1]);
    });
  });

  it('case 8: the flattened product before the softmax', () => {
    const outputs = tf.tensor2d(
      Float32Array.from({ length: 45 }, (_, i) => i),
      [15, 3],
    );
    const weights = tf.tensor2d(
      Float32Array.from({ length: 15 }, (_, i) => i),
      [3, 5],
    );
    const logits = tf.reshape(tf.matMul(outputs, weights), [3, 5, 5]) as Tensor3D;
    const rows = logits.arraySync();
    expect(rows[0]![0]).toEqual([25, 28, 31, 34, 37]);
    expect(rows[2]![4]).toEqual([655, 784, 913, 1042, 1171]);
  });

  it('case 11: embeddings, up to all Hangul syllables', async () => {
    const small = embedding({ vocabularySize: 5, dimension: 2 });
    const table = small.init(1);
    const ids = tf.tensor2d([[0, 1, 2, 3, 4]], [1, 5], 'int32');
    expect(unroll(small, table, ids).output.arraySync()[0]).toEqual(table.embeddings.arraySync());

    const syllables = embedding({ vocabularySize: 11_172, dimension: 8 });
    const params = syllables.init(1);
    const text = tf.tensor2d([[0, 11_171, 0]], [1, 3], 'int32');
    const loss = (embeddings: Tensor2D) =>
      tf.sum(unroll(syllables, { embeddings }, text).output) as tf.Scalar;
    const train = () => tf.grad((table: tf.Tensor) => loss(table as Tensor2D))(params.embeddings);
    const gradient = train();
    const touched = tf.sum(gradient, 1).arraySync() as number[];
    expect([touched[0], touched[1], touched[11_171]]).toEqual([16, 0, 8]);
    const { kernelNames } = await tf.profile(train);
    expect(kernelNames).not.toContain('OneHot');
  });

  it('case 12: a cell that a user wrote gives what the built-in one gives', () => {
    const mine: Cell<{ wXh: Tensor2D; wHh: Tensor2D; bH: Tensor1D }, { h: Tensor2D }> = {
      inputSize: 4,
      outputSize: 3,
      init: (seed) => ({
        wXh: tf.tensor2d(glorotNormal([4, 3], random(seed)), [4, 3]),
        wHh: tf.tensor2d(orthogonal([3, 3], random(seed + 1)), [3, 3]),
        bH: tf.zeros([3]),
      }),
      zeroState: (batchSize) => ({ h: tf.zeros([batchSize, 3]) }),
      step: ({ wXh, wHh, bH }, x, { h }) => {
        const next = tf.tanh(tf.add(tf.add(tf.matMul(x, wXh), tf.matMul(h, wHh)), bH)) as Tensor2D;
        return { output: next, state: { h: tf.clone(next) } };
      },
    };
    const { wXh, wHh, bH } = mine.init(7);
    const builtIn = simpleRnn({ inputSize: 4, units: 3 });
    const x = encodeWords('hello', 'eolll');
    const lengths = [5, 2];
    const a = unroll(mine, { wXh, wHh, bH }, x, { lengths }).output.dataSync();
    const b = unroll(builtIn, { kernel: wXh, recurrentKernel: wHh, bias: bH }, x, {
      lengths,
    }).output.dataSync();
    a.forEach((value, i) => {
      expect(value).toBeCloseTo(b[i]!, 6);
    });
    const both = bidirectional(stack([mine]), mine);
    expect(unroll(both, both.init(1), x).output.shape).toEqual([2, 5, 6]);
  });

  it('case 13: the pretrained hello network, to the digit', () => {
    const vocabulary = vocabularyOf(['h', 'e', 'l', 'o', '<EOS>']);
    const cell = simpleRnn({ inputSize: 5, units: 3 });
    const params = {
      kernel: tf.tensor2d(
        [-2.6, -1.6, -2.1, 1.2, 0.4, 0.3, 2.1, 1.9, -0.7, -1.4, -1.5, 2.5, -0.9, 0.4, -0.9],
        [5, 3],
      ),
      recurrentKernel: tf.tensor2d([-0.5, -2.3, 2.9, 1.9, 1.5, 1.7, -0.7, -1.2, 1.5], [3, 3]),
      bias: tf.tensor1d([-0.5, -0.4, -1.0]),
    };
    const wHy = tf.tensor2d(
      [0.3, -2.6, 1.2, 2.6, -1.1, -1.1, -2.4, 2.2, 1.6, -2.4, -0.4, -3.1, -3.0, 3.6, 3.0],
      [3, 5],
    );
    const bY = tf.tensor1d([-1.8, -0.5, 1.3, 0.1, 0.8]);
    const ids = vocabulary.encode('hello');
    const x = tf.tensor3d(oneHot(ids, 5), [1, 5, 5]);
    const hidden = tf.reshape(unroll(cell, params, x).output, [5, 3]) as Tensor2D;
    const logits = tf.add(tf.matMul(hidden, wHy), bY);

    const expectedHidden = [
      -0.99594936, -0.96402758, -0.99594936, 0.06340167, 0.96673299, -0.99999709, 0.9994564, 0.999335,
      -0.8793026, 0.99855062, 0.9419888, 0.91834213, -0.84893741, -0.9991571, 0.99999921,
    ];
    const expectedLogits = [
      -0.63997473, 7.49057754, 0.97184817, -7.61733016, 1.22136241, -2.44438695, 0.11498748, 6.50288586,
      -1.78837242, -4.58989229, -2.24771054, -2.7711526, 7.33579249, 1.1320333, -5.33571385, -2.90395935,
      -8.20386532, 1.81560973, 7.50944534, 0.19584758, -1.3556081, 1.00521675, -4.91686816, -0.10589146,
      7.13180584,
    ];
    hidden.dataSync().forEach((value, i) => {
      expect(value).toBeCloseTo(expectedHidden[i]!, 6);
    });
    logits.dataSync().forEach((value, i) => {
      expect(value).toBeCloseTo(expectedLogits[i]!, 5);
    });
    const predicted = Array.from(tf.argMax(logits, 1).dataSync(), (id) => vocabulary.token(id));
    expect(predicted).toEqual(['e', 'l', 'l', 'o', '<EOS>']);
  });

  it('case 20: one output for many inputs, one input for many outputs', () => {
    const cell = lstm({ inputSize: 4, units: 2 });
    const params = cell.init(1);
    const x = encodeWords('hello', 'eolll');
    const last = unroll(lastOutput(cell), params, x, { lengths: [5, 3] });
    expect(last.output.shape).toEqual([2, 2]);
    expect(last.output.arraySync()).toEqual(last.state.h.arraySync());

    // One input, many outputs: the input at the first step, nothing at the others.
    const once = tf.pad(encodeWords('h'), [
      [0, 0],
      [0, 4],
      [0, 0],
    ]) as Tensor3D;
    const { output } = unroll(cell, params, once);
    expect(output.shape).toEqual([1, 5, 2]);
    expect(new Set(output.arraySync()[0]!.map(String)).size).toBe(5);
  });
});
