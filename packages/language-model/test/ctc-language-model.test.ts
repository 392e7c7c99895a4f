import * as tf from '@tensorflow/tfjs-core';
import { disposeTree } from '@unrolled/cells';
import { createVocabulary } from '@unrolled/data';
import { ctcBeamSearch, scoreSequence } from '@unrolled/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CtcLanguageModelOptions,
  ctcLanguageModel,
  type LanguageModel,
  languageModel,
} from '../src/index';

describe('ctcLanguageModel', () => {
  const vocabulary = createVocabulary('ab c\n');
  let model: LanguageModel;
  let params: unknown[];
  const given = (change: Partial<CtcLanguageModelOptions> = {}) =>
    ctcLanguageModel({ model, params, vocabulary, alphabet: [null, 'c', 'a', ' '], weight: 2, ...change });
  beforeAll(() => {
    model = languageModel(vocabulary.size, {
      ...{ cell: 'lstm' as const, layers: 1, units: 6, embedding: 0, dropout: 0 },
      ...{ variationalDropout: false, residual: false, tied: false },
    });
    params = model.init(1);
  });
  afterAll(() => disposeTree(params));

  it('names the classes by their tokens, and begins after a line', () => {
    const { ids, prime, stopAt, weight } = given({ end: '\n' });
    expect(ids).toEqual([-1, 3, 0, 2]);
    expect([...Array.from(prime), stopAt, weight]).toEqual([4, 4, 2]);
  });

  it('gives its probabilities to a beam search', () => {
    const before = tf.memory().numTensors;
    const logits = tf.randomNormal([1, 5, 4], 0, 1, 'float32', 3) as tf.Tensor3D;
    const [found] = ctcBeamSearch(logits, { width: 100, best: 3, languageModel: given({ end: '\n' }) });
    for (const { labels, logProbability, score } of found!) {
      const ids = [4, ...labels.map((label) => [-1, 3, 0, 2][label]!), 4];
      expect(score).toBeCloseTo(logProbability + 2 * scoreSequence({ model, params, ids }), 4);
    }
    logits.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('takes the unknown token for what the model has not seen, and refuses where there is none', () => {
    expect(() => given({ alphabet: [null, 'z'] })).toThrow(
      'expected each of alphabet to be a character that the model has seen (5 of them), got "z": pass null for this class',
    );
    const open = createVocabulary('abc', { unknown: true });
    expect(given({ vocabulary: open, alphabet: [null, 'z'], prime: [0] }).ids).toEqual([-1, open.unknownId]);
  });
});
