import type { OptionKinds } from '@unrolled/errors';
import { check, checkOptions } from '../refuse';
import { extractorOf, type FeatureExtractor } from './extractor';
import type { Framing } from './framing';
import { checkWindow, type WindowName, windowOf } from './window';

/** Options for cutting a signal into frames, and for the result. */
export interface SpectrogramOptions {
  /** Samples per second, in hertz. */
  readonly sampleRate: number;
  /** Number of samples in the window; default 25 milliseconds. */
  readonly windowSize?: number;
  /** Number of samples from one frame to the next; default 10 milliseconds. */
  readonly hopSize?: number;
  /**
   * Size of the transform, with the window at its centre; default the smallest power of two that is at least
   * `windowSize`.
   */
  readonly fftSize?: number;
  /** Default `hann`; windows are periodic. */
  readonly window?: WindowName;
  /**
   * Whether frame t is centred at sample t · hopSize, with padding at both ends (default), or starts there.
   */
  readonly center?: boolean;
  /**
   * The padding beyond the ends: `reflect` (default) mirrors the signal without repeating its last sample;
   * otherwise 0.
   */
  readonly padMode?: 'reflect' | 'constant';
  /** 1 for magnitudes, 2 for their squares (default). */
  readonly power?: 1 | 2;
}

/** The kinds of the options. */
export const SPECTROGRAM_KINDS: OptionKinds<SpectrogramOptions> = {
  sampleRate: 'positive integer',
  windowSize: 'positive integer?',
  hopSize: 'positive integer?',
  fftSize: 'positive integer?',
  window: 'string?',
  center: 'boolean?',
  padMode: 'string?',
  power: 'positive integer?',
};

/** The options with their defaults. */
export interface SpectrogramSettings extends Framing {
  readonly sampleRate: number;
  readonly power: 1 | 2;
  /** [fftSize]. */
  readonly window: Float64Array;
}

/** Options whose kinds are checked, with their defaults; refuses those that do not fit each other. */
export function spectrogramSettings(scope: string, options: SpectrogramOptions): SpectrogramSettings {
  const { sampleRate, window = 'hann', center = true, padMode = 'reflect', power = 2 } = options;
  const milliseconds = (count: number) => Math.max(1, Math.round((sampleRate * count) / 1000));
  const { windowSize = options.fftSize ?? milliseconds(25), hopSize = milliseconds(10) } = options;
  const { fftSize = Math.max(2, 2 ** Math.ceil(Math.log2(windowSize))) } = options;
  checkWindow(scope, window);
  check.choice(scope, 'padMode', padMode, ['reflect', 'constant']);
  check.number(scope, 'power', power, power === 1 || power === 2, 'to be 1 or 2');
  const largest = 2 ** 20;
  check.number(scope, 'fftSize', fftSize, fftSize >= 2 && fftSize <= largest, `from 2 to ${largest}`);
  const remedy = 'reduce windowSize, or increase fftSize';
  check.number(
    scope,
    'windowSize',
    windowSize,
    windowSize <= fftSize,
    `of at most fftSize, ${fftSize}`,
    remedy,
  );
  return {
    sampleRate,
    hopSize,
    fftSize,
    center,
    padMode,
    power,
    window: windowOf(window, windowSize, fftSize),
  };
}

/**
 * The magnitudes of the short-time Fourier transform, or their squares, [T, fftSize / 2 + 1].
 *
 * @see librosa.stft, torchaudio.transforms.Spectrogram: the README has a table of corresponding options
 */
export function spectrogram(options: SpectrogramOptions): FeatureExtractor {
  checkOptions('spectrogram', options, SPECTROGRAM_KINDS);
  const { window, power: exponent, ...framing } = spectrogramSettings('spectrogram', options);
  const size = Math.floor(framing.fftSize / 2) + 1;
  return extractorOf('spectrogram', framing, window, size, () => (power, values, at) => {
    for (let k = 0; k < size; k++) values[at + k] = exponent === 2 ? power[k]! : Math.sqrt(power[k]!);
  });
}
