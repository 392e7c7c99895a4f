/**
 * Operations on frames: resampling, joining side by side, stacking, normalising, hiding; and the inputs they
 * refuse.
 */
import { describe, expect, test } from 'vitest';
import * as audio from '../src';
import { difference, fixture, noise } from './support';

const { deltas, fitNormalization, joinFeatures, melSpectrogram, mfcc, normalizeFrames, normalizeSpeakers } =
  audio;
const { resample, specAugment, spectrogram, stackFrames } = audio;

interface Resampling {
  from: number;
  to: number;
  samples: number[];
  values: number[];
}

test.each(fixture<Resampling[]>('resampling'))(
  'SciPy’s samples from $from to $to hertz',
  ({ from, to, samples, values }) => {
    const found = resample(
      samples.map((one) => one / 32768),
      { from, to },
    );
    expect(difference(found, values)).toBeLessThan(2e-7);
  },
);

test('what would take hours or all memory is refused', () => {
  const frames = { values: new Float32Array(50), count: 10, size: 5 };
  const minute = new Float32Array(100_000);
  expect(() => resample(minute, { from: 1, to: 16000 })).toThrow(/at most 536870912 samples/);
  expect(() => specAugment(frames, { seed: 1, timeMasks: 1e12 })).toThrow(/timeMasks of at most 1000/);
  expect(() => specAugment(frames, { seed: 1, frequencyMasks: 1e12 })).toThrow(/frequencyMasks of at most/);
  expect(() => deltas(frames, { width: 2 ** 53 - 1, edges: 'replicate' })).toThrow(/from 3 to 9999/);
  expect(() => stackFrames(frames, 1e12)).toThrow(/count of at most 10000/);
});

test('the same rate gives a copy, and a sine stays that sine', () => {
  const samples = noise(20);
  expect(resample(samples, { from: 8000, to: 8000 })).toEqual(samples);
  const sine = (rate: number) =>
    Float32Array.from({ length: rate / 10 }, (_, at) => Math.sin((2 * Math.PI * 440 * at) / rate));
  const [found, expected] = [resample(sine(8000), { from: 8000, to: 22050 }), sine(22050)];
  expect(found).toHaveLength(expected.length);
  expect(difference(found.subarray(500, 1700), expected.subarray(500, 1700))).toBeLessThan(2e-3);
});

const frames = (count: number, size: number, seed = 1): audio.Frames => ({
  values: noise(count * size, seed),
  count,
  size,
});

test('features side by side, and frames in one', () => {
  const [first, second] = [
    { values: Float32Array.of(1, 2, 3, 4), count: 2, size: 2 },
    { values: Float32Array.of(5, 6), count: 2, size: 1 },
  ];
  expect(joinFeatures([first, second])).toEqual({
    values: Float32Array.of(1, 2, 5, 3, 4, 6),
    count: 2,
    size: 3,
  });
  expect(stackFrames(second, 3)).toEqual({ values: Float32Array.of(5, 6, 0), count: 1, size: 3 });
});

describe('normalisation', () => {
  test('leaves a mean of 0 and a variance of 1, of one utterance or of several together', () => {
    const list = [frames(30, 3), frames(50, 3, 2)];
    const normal = list.map((one) => normalizeFrames(one, fitNormalization(list)));
    const { means, deviations } = fitNormalization(normal);
    for (const column of [0, 1, 2]) {
      expect(means[column]).toBeCloseTo(0, 6);
      expect(deviations[column]).toBeCloseTo(1, 6);
    }
  });

  test('is each speaker’s own', () => {
    const list = ['ann', 'bob', 'ann'].map((speaker, at) => ({
      speaker,
      frames: frames(10 + at, 2, at + 1),
    }));
    const found = normalizeSpeakers(list);
    const of = (indices: number[]) => fitNormalization(indices.map((index) => list[index]!.frames));
    expect(found[1]).toEqual(normalizeFrames(list[1]!.frames, of([1])));
    expect(found[2]).toEqual(normalizeFrames(list[2]!.frames, of([0, 2])));
  });

  test('a feature that never changes becomes 0', () => {
    const values = Float32Array.from({ length: 40 }, (_, at) => (at % 2 ? 0.1 : at));
    const one = { values, count: 20, size: 2 };
    const normal = normalizeFrames(one, JSON.parse(JSON.stringify(fitNormalization([one]))));
    for (let row = 0; row < 20; row++) expect(normal.values[2 * row + 1]).toBeCloseTo(0, 6);
  });
});

describe('SpecAugment', () => {
  const given = frames(60, 20);
  const hidden = (seed: number, more = {}) =>
    specAugment(given, { seed, frequencyWidth: 4, timeWidth: 10, value: 9, ...more });

  test('hides by its seed, in bands and stretches, and leaves what it was given', () => {
    const before = given.values.slice();
    expect(hidden(3)).toEqual(hidden(3));
    expect(hidden(3)).not.toEqual(hidden(4));
    expect(given.values).toEqual(before);
    for (let seed = 0; seed < 12; seed++) {
      const { values } = hidden(seed);
      const isHidden = (row: number, column: number) => values[row * 20 + column] === 9;
      const rows = Array.from({ length: 60 }, (_, row) => row);
      const columns = Array.from({ length: 20 }, (_, column) => column);
      const wholeRows = rows.filter((row) => columns.every((column) => isHidden(row, column)));
      const wholeColumns = columns.filter((column) => rows.every((row) => isHidden(row, column)));
      expect(wholeRows.length).toBeLessThanOrEqual(20);
      expect(wholeColumns.length).toBeLessThanOrEqual(8);
      const wanted = given.values.map((value, at) =>
        wholeRows.includes(Math.floor(at / 20)) || wholeColumns.includes(at % 20) ? 9 : value,
      );
      expect(values).toEqual(wanted);
    }
  });

  test('masks as wide as they may be, of a share, and none', () => {
    const widths = Array.from({ length: 200 }, (_, seed) => {
      const { values } = hidden(seed, { frequencyMasks: 0, timeMasks: 1, timeShare: 0.1 });
      return values.filter((value) => value === 9).length / 20;
    });
    expect(new Set(widths)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
    expect(hidden(1, { frequencyMasks: 0, timeMasks: 0 })).toEqual(given);
    const mean = given.values.reduce((sum, one) => sum + one, 0) / 1200;
    const { values } = specAugment(given, { seed: 1 });
    expect(values.filter((value) => Math.abs(value - mean) < 1e-6).length).toBeGreaterThan(20);
  });
});

describe('refuses', () => {
  const rate = { sampleRate: 8000 };
  const samples = noise(400);
  test.each<[string, () => unknown, RegExp]>([
    [
      'a sample that is NaN',
      () => melSpectrogram(rate).of([0, 0, Number.NaN]),
      /melSpectrogram: expected samples that are finite numbers, got NaN at sample 2/,
    ],
    [
      'the same in a later piece',
      () => {
        const stream = spectrogram(rate).stream();
        stream.push(samples);
        stream.push([1, Number.POSITIVE_INFINITY]);
      },
      /got Infinity at sample 401/,
    ],
    [
      'too few to be mirrored',
      () => spectrogram(rate).of(samples.subarray(0, 128)),
      /at least 129 samples, got 128: pass more samples, or set padMode: 'constant'/,
    ],
    [
      'too few for a frame',
      () => spectrogram({ ...rate, center: false }).of(samples.subarray(0, 255)),
      /at least 256 samples, got 255/,
    ],
    ['none', () => spectrogram({ ...rate, padMode: 'constant' }).of([]), /at least 1 samples, got 0/],
    [
      'a stream that has ended',
      () => {
        const stream = spectrogram(rate).stream();
        stream.push(samples);
        stream.end();
        stream.end();
      },
      /a stream that has not ended/,
    ],
    [
      'topDecibels in a stream',
      () => mfcc({ ...rate, topDecibels: 80 }).stream(),
      /no topDecibels in a stream/,
    ],
    [
      'topDecibels of no decibels',
      () => melSpectrogram({ ...rate, topDecibels: 80 }),
      /log 'decibels' together with topDecibels, got 'none'/,
    ],
    [
      'a window beyond the transform',
      () => spectrogram({ ...rate, fftSize: 128, windowSize: 200 }),
      /windowSize of at most fftSize, 128, got 200/,
    ],
    ['no rate', () => spectrogram({} as never), /sampleRate to be a positive integer/],
    ['another power', () => spectrogram({ ...rate, power: 3 as never }), /power to be 1 or 2, got 3/],
    [
      'an unknown option',
      () => melSpectrogram({ ...rate, nMels: 3 } as never),
      /a known option, got "nMels"/,
    ],
    ['an unknown scale', () => melSpectrogram({ ...rate, scale: 'bark' as never }), /scale/],
    [
      'frequencies beyond the half rate',
      () => melSpectrogram({ ...rate, high: 5000 }),
      /high above 0 and at most 4000, got 5000/,
    ],
    [
      'a lowest above the highest',
      () => melSpectrogram({ ...rate, low: 3000, high: 2000 }),
      /low of at least 0 and below high, 2000/,
    ],
    ['a floor of 0', () => melSpectrogram({ ...rate, floor: 0 }), /floor above 0/],
    [
      'more coefficients than mels',
      () => mfcc({ ...rate, mels: 10 }),
      /coefficients of at most mels, 10, got 13/,
    ],
    ['an even width', () => deltas(frames(20, 2), { width: 4 }), /an odd number from 3 to 9999, got 4/],
    ['fewer frames than width', () => deltas(frames(5, 2)), /at least 9 frames/],
    [
      'values of another number',
      () => deltas({ values: noise(5), count: 2, size: 2 }),
      /2 × 2 = 4 values, got 5/,
    ],
    [
      'features of other lengths',
      () => joinFeatures([frames(2, 2), frames(3, 2)]),
      /2 frames in each, got 3/,
    ],
    ['no features', () => joinFeatures([]), /at least one record/],
    [
      'frames of other sizes',
      () => fitNormalization([frames(2, 2), frames(3, 3)]),
      /frames of 2 features each, got 3/,
    ],
    ['no frames', () => fitNormalization([frames(0, 2)]), /at least one frame, got none/],
    [
      'another normalization',
      () => normalizeFrames(frames(2, 2), { means: [0], deviations: [1] }),
      /2 means, and 2 deviations above 0/,
    ],
    [
      'no speaker',
      () => normalizeSpeakers([{ frames: frames(2, 2) } as never]),
      /utterances \{ speaker, frames \}/,
    ],
    [
      'a rate that is no integer',
      () => resample(samples, { from: 8000.5, to: 8000 }),
      /from to be a positive integer/,
    ],
    [
      'rates without a common divisor',
      () => resample(samples, { from: 1_000_003, to: 8000 }),
      /rates whose ratio/,
    ],
    ['NaN', () => resample([Number.NaN], { from: 8000, to: 4000 }), /got NaN at sample 0/],
    [
      'channels of other lengths',
      () => audio.mono({ sampleRate: 8000, channels: [noise(2), noise(3)] }),
      /all of one length, got lengths 2, 3/,
    ],
    ['no channels', () => audio.writeWav({ sampleRate: 8000, channels: [] }), /at least one channel/],
    [
      'another format',
      () => audio.writeWav({ sampleRate: 8000, channels: [samples] }, { format: 'pcm12' as never }),
      /format/,
    ],
    [
      'NaN to write',
      () => audio.writeWav({ sampleRate: 8000, channels: [Float32Array.of(Number.NaN)] }),
      /got NaN at sample 0/,
    ],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
    expect(call).toThrow(/^\[unrolled\/audio\] \w+: expected [^\n]+$/);
  });
});
