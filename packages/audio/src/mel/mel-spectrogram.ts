import type { OptionKinds } from '@unrolled/errors';
import type { Frames } from '../frames';
import { check, checkOptions, refuse } from '../refuse';
import { extractorOf, type FeatureExtractor } from '../spectrum/extractor';
import {
  SPECTROGRAM_KINDS,
  type SpectrogramOptions,
  type SpectrogramSettings,
  spectrogramSettings,
} from '../spectrum/spectrogram';
import { type MelFilters, melFilters } from './mel-filters';
import type { MelScale } from './mel-scale';

/** Options of frames and filters, and of the result. */
export interface MelSpectrogramOptions extends SpectrogramOptions {
  /** Number of filters; default 80. */
  readonly mels?: number;
  /** The lowest frequency, in hertz; default 0. */
  readonly low?: number;
  /** The highest frequency, in hertz; default half the sample rate. */
  readonly high?: number;
  /** Default `slaney`. */
  readonly scale?: MelScale;
  /**
   * `slaney` (default): each filter has the area 1 over frequencies in hertz. `none`: each has the height 1.
   */
  readonly norm?: 'slaney' | 'none';
  /** The sum (default), its natural logarithm, or 10 times its decimal logarithm. */
  readonly log?: 'none' | 'natural' | 'decibels';
  /** Lower limit of the argument of a logarithm; default 10⁻¹⁰. */
  readonly floor?: number;
  /**
   * For decibels of a whole signal: values further below the maximum than this are raised to this limit.
   * Default: no limit.
   */
  readonly topDecibels?: number;
}

/** The option kinds. */
export const MEL_KINDS: OptionKinds<MelSpectrogramOptions> = {
  ...SPECTROGRAM_KINDS,
  mels: 'positive integer?',
  low: 'number?',
  high: 'number?',
  scale: 'string?',
  norm: 'string?',
  log: 'string?',
  floor: 'number?',
  topDecibels: 'number?',
};

/** The options with their defaults, and the filters. */
export interface MelPlan extends SpectrogramSettings {
  readonly mels: number;
  readonly filters: MelFilters;
  readonly log: 'none' | 'natural' | 'decibels';
  readonly floor: number;
  readonly topDecibels: number | undefined;
}

/** Options whose kinds are checked, with their defaults; refuses those that do not fit each other. */
export function melPlan(scope: string, options: MelSpectrogramOptions): MelPlan {
  const settings = spectrogramSettings(scope, options);
  const { sampleRate, fftSize } = settings;
  const { mels = 80, low = 0, high = sampleRate / 2, scale = 'slaney', norm = 'slaney' } = options;
  const { log = 'none', floor = 1e-10, topDecibels } = options;
  check.choice(scope, 'scale', scale, ['slaney', 'htk']);
  check.choice(scope, 'norm', norm, ['slaney', 'none']);
  check.choice(scope, 'log', log, ['none', 'natural', 'decibels']);
  check.number(scope, 'mels', mels, mels <= fftSize, `of at most fftSize, ${fftSize}`);
  check.number(
    scope,
    'high',
    high,
    high > 0 && high <= sampleRate / 2,
    `above 0 and at most ${sampleRate / 2}`,
  );
  check.number(scope, 'low', low, low >= 0 && low < high, `of at least 0 and below high, ${high}`);
  check.number(scope, 'floor', floor, floor > 0, 'above 0');
  if (topDecibels !== undefined) {
    check.number(scope, 'topDecibels', topDecibels, topDecibels > 0, 'above 0');
    if (log !== 'decibels')
      refuse(scope, {
        expected: "log 'decibels' together with topDecibels",
        got: `'${log}'`,
        remedy: 'omit topDecibels',
      });
  }
  const filters = melFilters({ sampleRate, fftSize, mels, low, high, scale, norm });
  return { ...settings, mels, filters, log, floor, topDecibels };
}

/** Writes the filters' sums over a power spectrum, or their logarithms, into `values`, starting at `at`. */
export function melOf({ power: exponent, mels, filters, log, floor }: MelPlan) {
  const { starts, offsets, weights } = filters;
  const decibels = 10 / Math.LN10;
  return (power: Float64Array, values: Float32Array | Float64Array, at: number): void => {
    if (exponent === 1) for (let k = 0; k < power.length; k++) power[k] = Math.sqrt(power[k]!);
    for (let filter = 0; filter < mels; filter++) {
      const from = offsets[filter]!;
      const to = offsets[filter + 1]!;
      const shift = starts[filter]! - from;
      let sum = 0;
      for (let index = from; index < to; index++) sum += weights[index]! * power[index + shift]!;
      if (log !== 'none') sum = Math.log(Math.max(sum, floor)) * (log === 'decibels' ? decibels : 1);
      values[at + filter] = sum;
    }
  };
}

/**
 * Sums of a spectrogram over triangles of equal width in mel, linear or logarithmic, [T, mels].
 *
 * @see librosa.feature.melspectrogram, torchaudio.transforms.MelSpectrogram: the README has a table of
 *   corresponding options
 */
export function melSpectrogram(options: MelSpectrogramOptions): FeatureExtractor {
  checkOptions('melSpectrogram', options, MEL_KINDS);
  const plan = melPlan('melSpectrogram', options);
  const extractor = extractorOf('melSpectrogram', plan, plan.window, plan.mels, () => melOf(plan));
  return plan.topDecibels === undefined ? extractor : withTop('melSpectrogram', extractor, plan.topDecibels);
}

/**
 * An extractor of decibels that raises values more than `top` below the maximum, so it needs the whole
 * signal.
 */
export function withTop(scope: string, extractor: FeatureExtractor, top: number): FeatureExtractor {
  return {
    ...extractor,
    of(samples) {
      const frames = extractor.of(samples);
      raise(frames, top);
      return frames;
    },
    stream: () =>
      refuse(scope, {
        expected: 'no topDecibels in a stream',
        got: String(top),
        remedy: 'omit topDecibels: it depends on the maximum of the whole signal',
      }),
  };
}

function raise({ values }: Frames, top: number): void {
  const least = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY) - top;
  for (let at = 0; at < values.length; at++) if (values[at]! < least) values[at] = least;
}
