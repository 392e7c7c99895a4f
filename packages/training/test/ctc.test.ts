import * as tf from '@tensorflow/tfjs-core';
import { dense, disposeTree, lstm, random, stack } from '@unrolled/cells';
import { describe, expect, it } from 'vitest';
import {
  type CtcBeamSearchOptions,
  type CtcLanguageModel,
  ctcAlign,
  ctcBeamSearch,
  ctcGreedy,
  scoreSequence,
} from '../src/index';
import { complaint, withoutLeak } from './support';

/** Seeded logits, row by row. */
function numbers(count: number, seed: number, scale = 2): number[] {
  const { uniform } = random(seed);
  return Array.from({ length: count }, () => scale * (2 * uniform() - 1));
}

const logitsOf = (values: readonly number[], rows: number, classes: number) =>
  tf.tensor3d([...values], [rows, values.length / rows / classes, classes]);

/** ln softmax of each step. */
function logSoftmax(values: readonly number[], classes: number): number[] {
  return values.map((value, place) => {
    const start = place - (place % classes);
    const step = values.slice(start, start + classes).map(Math.fround);
    return Math.fround(value) - Math.log(step.reduce((sum, one) => sum + Math.exp(one), 0));
  });
}

/** ln P of every text that a row can give, most likely first, as the sum over all its paths. */
function exhaustive(values: readonly number[], classes: number, blank: number) {
  const logs = logSoftmax(values, classes);
  const steps = values.length / classes;
  const texts = new Map<string, { labels: number[]; probability: number; path: number; classes: number[] }>();
  for (let number = 0; number < classes ** steps; number++) {
    const path = Array.from({ length: steps }, (_, t) => Math.floor(number / classes ** t) % classes);
    const log = path.reduce((sum, label, t) => sum + logs[t * classes + label]!, 0);
    const labels = path.filter((label, t) => label !== blank && label !== path[t - 1]);
    const text = texts.get(labels.join()) ?? { labels, probability: 0, path: -Infinity, classes: path };
    texts.set(labels.join(), text);
    text.probability += Math.exp(log);
    if (log > text.path) Object.assign(text, { path: log, classes: path });
  }
  return [...texts.values()].sort((a, b) => b.probability - a.probability);
}

describe.each([
  [1, 3, 5, 0],
  [2, 3, 6, 2],
  [3, 4, 4, 1],
  [4, 2, 7, 1],
])('of row %i, %i classes, %i steps, blank %i', (seed, classes, steps, blank) => {
  const values = numbers(classes * steps, seed);
  const all = exhaustive(values, classes, blank);

  it('a beam wide enough finds every text with the sum over its paths', async () => {
    await withoutLeak(() => {
      const logits = logitsOf(values, 1, classes);
      const [found] = ctcBeamSearch(logits, { width: 2000, best: 2000, blank });
      logits.dispose();
      expect(found!.map(({ labels }) => labels)).toEqual(all.map(({ labels }) => labels));
      for (const [n, { logProbability, score }] of found!.entries()) {
        expect(logProbability).toBeCloseTo(Math.log(all[n]!.probability), 9);
        expect(score).toBe(logProbability);
      }
    });
  });

  it('the alignment of a text is its likeliest path', async () => {
    await withoutLeak(() => {
      const logits = logitsOf(values, 1, classes);
      for (const { labels, path, classes: likeliest } of all.slice(0, 10)) {
        const [aligned] = ctcAlign(logits, [labels], { blank });
        expect(aligned!.logProbability).toBeCloseTo(path, 9);
        const placed = new Array<number>(steps).fill(blank);
        for (const [n, label] of labels.entries()) placed.fill(label, aligned!.starts[n], aligned!.ends[n]);
        expect(placed).toEqual(likeliest);
      }
      logits.dispose();
    });
  });

  it('the greedy text is that of the likeliest path of all', async () => {
    await withoutLeak(() => {
      const logits = logitsOf(values, 1, classes);
      const [greedy] = ctcGreedy(logits, { blank });
      const [aligned] = ctcAlign(logits, [greedy!.labels], { blank });
      logits.dispose();
      const best = all.reduce((one, other) => (other.path > one.path ? other : one));
      expect(greedy!.labels).toEqual(best.labels);
      expect(greedy!.logProbability).toBeCloseTo(best.path, 9);
      expect({ ...greedy, logProbability: 0 }).toEqual({ ...aligned, logProbability: 0 });
    });
  });
});

describe('rows', () => {
  const [classes, steps] = [5, 12];
  const values = numbers(3 * classes * steps, 7);

  it('are read one by one, each up to its length, whatever stands past it', async () => {
    await withoutLeak(() => {
      const inputLengths = [12, 7, 0];
      const dirty = values.map((value, place) =>
        Math.floor(place / classes) % steps < inputLengths[Math.floor(place / classes / steps)]!
          ? value
          : Number.NaN,
      );
      const logits = logitsOf(dirty, 3, classes);
      const beams = ctcBeamSearch(logits, { inputLengths, width: 4, best: 2 });
      const texts = ctcGreedy(logits, { inputLengths });
      for (const row of [0, 1]) {
        const own = values.slice(row * classes * steps, (row * steps + inputLengths[row]!) * classes);
        const alone = logitsOf(own, 1, classes);
        expect(ctcBeamSearch(alone, { width: 4, best: 2 })[0]).toEqual(beams[row]);
        expect(ctcGreedy(alone)[0]).toEqual(texts[row]);
        alone.dispose();
      }
      logits.dispose();
      const nothing = { labels: [], logProbability: 0, starts: [], ends: [] };
      expect(texts[2]).toEqual(nothing);
      expect(beams[2]).toEqual([{ ...nothing, score: 0 }]);
    });
  });

  it('a wider beam finds no less likely text', () => {
    const logits = logitsOf(values, 3, classes);
    const bestOf = (width: number) =>
      ctcBeamSearch(logits, { width }).map(([first]) => first!.logProbability);
    const widths = [1, 4, 16, 64].map(bestOf);
    logits.dispose();
    for (const row of [0, 1, 2])
      for (const n of [1, 2, 3]) expect(widths[n]![row]).toBeGreaterThanOrEqual(widths[n - 1]![row]! - 1e-9);
  });
});

/** Hannun et al.'s algorithm as published, with texts as keys. */
function simpleBeam(values: readonly number[], classes: number, width: number) {
  const logs = logSoftmax(values, classes);
  let beam = new Map([['', [1, 0]]]);
  for (let t = 0; t < values.length / classes; t++) {
    const next = new Map<string, number[]>();
    const add = (text: string, blankEnd: number, labelEnd: number) => {
      const [b, l] = next.get(text) ?? [0, 0];
      next.set(text, [b! + blankEnd, l! + labelEnd]);
    };
    for (const [text, [b, l]] of beam) {
      for (let k = 0; k < classes; k++) {
        const p = Math.exp(logs[t * classes + k]!);
        if (k === 0) add(text, p * (b! + l!), 0);
        else if (text.endsWith(String(k))) {
          add(text, 0, p * l!);
          add(text + k, 0, p * b!);
        } else add(text + k, 0, p * (b! + l!));
      }
    }
    const total = ([b, l]: number[]) => b! + l!;
    beam = new Map([...next].sort(([, one], [, other]) => total(other) - total(one)).slice(0, width));
  }
  return [...beam].map(([text, [b, l]]) => ({ labels: [...text].map(Number), probability: b! + l! }));
}

it.each([2, 3, 7])('a beam of %i is the algorithm as it was published', async (width) => {
  await withoutLeak(() => {
    for (const seed of [1, 2, 3]) {
      const values = numbers(4 * 80, seed, 1);
      const logits = logitsOf(values, 1, 4);
      const [found] = ctcBeamSearch(logits, { width, best: width });
      logits.dispose();
      const simple = simpleBeam(values, 4, width);
      expect(found!.map(({ labels }) => labels)).toEqual(simple.map(({ labels }) => labels));
      for (const [n, { logProbability }] of found!.entries())
        expect(logProbability).toBeCloseTo(Math.log(simple[n]!.probability), 9);
    }
  });
});

describe('with a language model', () => {
  const V = 4;
  const model = stack([
    lstm({ inputSize: V, units: 5, inputKind: 'ids' }),
    dense({ inputSize: 5, units: V }),
  ]);
  // The model's id of each class: none for the blank, then 2, 0 and 1. Its id 3 ends a text.
  const ids = [-1, 2, 0, 1];
  const values = numbers(2 * 6 * 4, 11, 1.5);

  async function withModel(
    run: (languageModel: CtcLanguageModel<never, never, 'ids'>) => void | Promise<void>,
  ) {
    await withoutLeak(async () => {
      const params = model.init(3);
      await run({ model, params, prime: [3], ids, weight: 0.8, stopAt: 3 } as never);
      disposeTree(params);
    });
  }

  it.each([40, 3])('a beam of %i ranks by both, as if each text were scored alone', async (width) => {
    await withModel((languageModel) => {
      const logits = logitsOf(values, 2, 4);
      const found = ctcBeamSearch(logits, { width, best: width, languageModel, lengthBonus: 0.5 });
      logits.dispose();
      for (const row of found) {
        const scores = row.map(({ labels, logProbability }) => {
          const text = [3, ...labels.map((label) => ids[label]!), 3];
          const { params } = languageModel;
          return logProbability + 0.8 * scoreSequence({ model, params, ids: text }) + 0.5 * labels.length;
        });
        expect(row.length).toBe(width);
        for (const [n, { score }] of row.entries()) expect(score).toBeCloseTo(scores[n]!, 4);
        expect(scores).toEqual([...scores].sort((a, b) => b - a));
      }
    });
  });

  it('rows give what each gives alone, and a weight of 0 what no model gives', async () => {
    await withModel((languageModel) => {
      const logits = logitsOf(values, 2, 4);
      const both = ctcBeamSearch(logits, { width: 5, best: 3, languageModel });
      const none = ctcBeamSearch(logits, {
        width: 5,
        best: 3,
        languageModel: { ...languageModel, weight: 0 },
      });
      expect(none).toEqual(ctcBeamSearch(logits, { width: 5, best: 3 }));
      for (const row of [0, 1]) {
        const alone = logitsOf(values.slice(row * 24, row * 24 + 24), 1, 4);
        const [found] = ctcBeamSearch(alone, { width: 5, best: 3, languageModel });
        alone.dispose();
        expect(found!.map(({ labels }) => labels)).toEqual(both[row]!.map(({ labels }) => labels));
      }
      logits.dispose();
    });
  });

  it('is refused where its ids do not fit', async () => {
    await withModel(async (languageModel) => {
      const logits = logitsOf(values, 2, 4);
      const search = (change: object) => () =>
        ctcBeamSearch(logits, { languageModel: { ...languageModel, ...change } });
      expect(await complaint(search({ ids: [-1, 2, 0] }))).toMatch(
        'expected ids [4], one for each class, got 3',
      );
      expect(await complaint(search({ ids: [-1, 2, 0, 9] }))).toMatch('expected ids in 0 … 3 in ids, got 9');
      expect(await complaint(search({ prime: [] }))).toMatch('an empty prime');
      expect(await complaint(search({ weight: -1 }))).toMatch('weight');
      expect(await complaint(search({ stopAt: 4 }))).toMatch('in stopAt');
      logits.dispose();
    });
  });
});

describe('what does not fit is refused', () => {
  it.each<[string, (logits: tf.Tensor3D) => unknown, string]>([
    ['a blank that is no class', (x) => ctcGreedy(x, { blank: 3 }), 'expected blank in 0 … 2'],
    ['too few lengths', (x) => ctcGreedy(x, { inputLengths: [] }), 'expected 1 lengths'],
    [
      'logits of one row',
      (x) => ctcGreedy(tf.reshape(x, [2, 3]) as never),
      'expected logits float32 [B, T, C]',
    ],
    ['more wanted than kept', (x) => ctcBeamSearch(x, { width: 2, best: 3 }), 'at most the width, 2'],
    ['an unknown option', (x) => ctcBeamSearch(x, { beams: 2 } as CtcBeamSearchOptions), 'got "beams"'],
    ['a label that the alphabet lacks', (x) => ctcAlign(x, [[3]]), 'got 3 at row 0, label 0'],
    ['a blank among labels', (x) => ctcAlign(x, [[0]]), 'other than the blank 0'],
    ['labels that take more steps', (x) => ctcAlign(x, [[1, 1]]), 'got 2 steps for 2 labels'],
    ['no target for a row', (x) => ctcAlign(x, []), 'expected 1 targets'],
    ['NaN', (x) => ctcGreedy(tf.mul(x, Number.NaN)), 'row 0, step 0'],
  ])('%s', async (_, decode, message) => {
    await withoutLeak(async () => {
      expect(await complaint(() => tf.tidy(() => void decode(tf.ones([1, 2, 3]))))).toMatch(message);
    });
  });
});
