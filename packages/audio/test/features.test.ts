/** Features by their peers: librosa's and torchaudio's numbers, and the same ones in pieces. */
import { describe, expect, test } from 'vitest';
import { deltas, type FeatureExtractor, type Frames, melSpectrogram, mfcc, spectrogram } from '../src';
import { concatenate } from '../src/spectrum/extractor';
import { difference, fixture, noise } from './support';

interface Case {
  name: string;
  function: 'spectrogram' | 'melSpectrogram' | 'mfcc';
  options: Parameters<typeof melSpectrogram>[0];
  count: number;
  size: number;
  values: number[];
}
interface Features {
  samples: number[];
  cases: Case[];
  deltas: { size: number; values: number[]; cases: { name: string; options: object; values: number[] }[] };
}

const features = fixture<Features>('features');
const samples = features.samples.map((one) => one / 32768);
const makers: Record<Case['function'], (options: never) => FeatureExtractor> = {
  spectrogram,
  melSpectrogram,
  mfcc,
};

describe('the numbers of', () => {
  test.each(features.cases)('$name', ({ function: name, options, count, size, values }) => {
    const extractor = makers[name](options as never);
    const frames = extractor.of(samples);
    expect([frames.count, frames.size]).toEqual([count, size]);
    expect([extractor.frameCount(samples.length), extractor.size]).toEqual([count, size]);
    // Ours are rounded to float32 once.
    expect(difference(frames.values, values)).toBeLessThan(2e-7);
  });

  test.each(features.deltas.cases)('$name', ({ options, values }) => {
    const { size } = features.deltas;
    const given = Float32Array.from(features.deltas.values);
    const frames = { values: given, count: given.length / size, size };
    expect(difference(deltas(frames, options).values, values)).toBeLessThan(1e-6);
  });
});

const bytesOf = ({ values }: Frames) => new Uint8Array(values.buffer);

describe('a signal in pieces', () => {
  const whole = noise(3000);
  const options = { sampleRate: 8000, fftSize: 256 };
  const extractors: [string, FeatureExtractor][] = [
    ['centred', melSpectrogram({ ...options, mels: 20, log: 'natural' })],
    ['centred in zeros', melSpectrogram({ ...options, mels: 20, padMode: 'constant' })],
    ['not centred', spectrogram({ ...options, center: false })],
    ['with hops beyond the frame', spectrogram({ ...options, fftSize: 64, windowSize: 64, hopSize: 300 })],
    [
      'with hops beyond the frame, not centred',
      spectrogram({ ...options, fftSize: 64, windowSize: 64, hopSize: 100, center: false }),
    ],
    ['of an odd size', spectrogram({ ...options, fftSize: 255 })],
    ['as coefficients', mfcc({ ...options, mels: 20 })],
  ];
  test.each(extractors)('%s: the same frames, to the bit', (_, extractor) => {
    const expected = extractor.of(whole);
    for (const piece of [1, 129, 1000]) {
      const stream = extractor.stream();
      const parts: Frames[] = [];
      for (let at = 0; at < whole.length; at += piece)
        parts.push(stream.push(whole.subarray(at, at + piece)));
      parts.push(stream.end());
      const found = concatenate(parts);
      expect(found.count).toBe(expected.count);
      expect(Buffer.compare(bytesOf(found), bytesOf(expected))).toBe(0);
    }
  });

  test('frames come as soon as they are whole', () => {
    const stream = spectrogram({ sampleRate: 8000, fftSize: 200, hopSize: 80 }).stream();
    expect(stream.push(whole.subarray(0, 100)).count).toBe(0);
    expect(stream.push(whole.subarray(100, 101)).count).toBe(1);
    expect(stream.push(whole.subarray(101, 180)).count).toBe(1);
    expect(stream.push(new Float32Array(0)).count).toBe(0);
  });

  test('one stream does not disturb another', () => {
    const [, extractor] = extractors[0]!;
    const [first, second] = [extractor.stream(), extractor.stream()];
    const parts = [first.push(whole.subarray(0, 1500)), first.push(whole.subarray(1500))];
    second.push(noise(3000, 5));
    expect(concatenate([...parts, first.end()])).toEqual(extractor.of(whole));
  });
});

test('a filter of hardly any frequency is 0, its logarithm the floor', () => {
  const mel = melSpectrogram({ sampleRate: 8000, fftSize: 64, mels: 40, log: 'natural', floor: 1e-5 });
  const { values } = mel.of(noise(400));
  expect(Math.min(...values)).toBeCloseTo(Math.log(1e-5), 5);
  const quiet = melSpectrogram({ sampleRate: 8000, log: 'decibels' }).of(new Float32Array(400));
  expect(new Set(quiet.values)).toEqual(new Set([-100]));
});
