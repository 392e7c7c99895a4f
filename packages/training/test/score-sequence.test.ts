import * as tf from '@tensorflow/tfjs-core';
import { bidirectional, dense, disposeTree, lstm, stack, unroll } from '@unrolled/cells';
import { sequenceLogProbability } from '@unrolled/losses';
import { afterAll, describe, expect, it } from 'vitest';
import { scoreSequence, sequenceScorer } from '../src/index';
import { complaint, model, withoutLeak } from './support';

describe('sequenceScorer', () => {
  const params = model.init(2);
  afterAll(() => disposeTree(params));
  const text = Array.from({ length: 600 }, (_, place) => (place * place + 3 * (place % 7)) % 5);
  const score = (context: number[], ...pieces: number[][]) =>
    withoutLeak(() => {
      const scorer = sequenceScorer({ model, params, context });
      const all = pieces.flatMap((piece) => [...scorer.next(piece)]);
      scorer.dispose();
      return all;
    });

  it('gives each id its logarithm, which add up to the whole text', async () => {
    const all = await score([text[0]!], text.slice(1));
    const whole = tf.tidy(() => {
      const ids = tf.tensor2d([text.slice(0, -1)], undefined, 'int32');
      const { output } = unroll(model, params, ids);
      return sequenceLogProbability(output, tf.tensor2d([text.slice(1)], undefined, 'int32')).dataSync()[0]!;
    });
    expect(all).toHaveLength(599);
    for (const logProbability of all) expect(logProbability).toBeLessThan(0);
    expect(all.reduce((a, b) => a + b)).toBeCloseTo(whole, 1);
    expect(scoreSequence({ model, params, ids: text })).toBeCloseTo(whole, 1);
  });

  it('reads pieces of any size as the whole, bit for bit', async () => {
    const whole = await score([text[0]!], text.slice(1));
    expect(await score([text[0]!], text.slice(1, 2), [], text.slice(2, 300), text.slice(300))).toEqual(whole);
  });

  it('reads the context without scoring it', async () => {
    const whole = await score([text[0]!], text.slice(1));
    expect(await score(text.slice(0, 20), text.slice(20))).toEqual(whole.slice(19));
    expect(await score(text.slice(0, 20))).toEqual([]);
  });

  it('refuses what it cannot score', async () => {
    const refusal = (context: number[], piece: number[] = []) =>
      complaint(() => {
        const scorer = sequenceScorer({ model, params, context });
        try {
          scorer.next(piece);
        } finally {
          scorer.dispose();
        }
      });
    await withoutLeak(async () => {
      expect(await refusal([])).toMatch('a context of at least one id, got an empty context');
      expect(await refusal([9])).toMatch('ids in 0 … 4 in the context, got 9');
      expect(await refusal([1], [0.5])).toMatch('ids in 0 … 4 in the text, got 0.5');
      const both = stack([
        bidirectional(
          lstm({ inputSize: 5, units: 3, inputKind: 'ids' }),
          lstm({ inputSize: 5, units: 3, inputKind: 'ids' }),
        ),
        dense({ inputSize: 6, units: 5 }),
      ]);
      const own = both.init(1);
      expect(await complaint(() => scoreSequence({ model: both, params: own, ids: [1, 2] }))).toMatch(
        'use a model without bidirectional parts, whose backward half reads the ids to score',
      );
      disposeTree(own);
    });
  });
});
