import type { OptionKinds } from '@unrolled/errors';
import type { Frames } from '../frames';
import { check, checkOptions } from '../refuse';
import type { FeatureExtractor, FeatureStream } from '../spectrum/extractor';
import { MEL_KINDS, type MelSpectrogramOptions, melSpectrogram } from './mel-spectrogram';

/** A log-mel spectrogram, and the number of coefficients of each frame. */
export interface MfccOptions extends Omit<MelSpectrogramOptions, 'log'> {
  /** Number of coefficients, including the first; default 13. */
  readonly coefficients?: number;
  /** Input of the cosine transform: 10 times the decimal logarithm (default), or the natural one. */
  readonly log?: 'decibels' | 'natural';
}

const { log: _, ...REST } = MEL_KINDS;
const KINDS: OptionKinds<MfccOptions> = { ...REST, coefficients: 'positive integer?', log: 'string?' };

/**
 * Mel-frequency cepstral coefficients, [T, coefficients]: the cosine transform (type II, orthonormal) of each
 * frame's log-mel (Davis and Mermelstein, 1980).
 *
 * @see librosa.feature.mfcc, torchaudio.transforms.MFCC: the README has a table of corresponding options
 */
export function mfcc(options: MfccOptions): FeatureExtractor {
  checkOptions('mfcc', options, KINDS);
  const { coefficients = 13, log = 'decibels', ...rest } = options;
  check.choice('mfcc', 'log', log, ['decibels', 'natural']);
  const mel = melSpectrogram({ ...rest, log });
  check.number(
    'mfcc',
    'coefficients',
    coefficients,
    coefficients <= mel.size,
    `of at most mels, ${mel.size}`,
  );
  const transform = cosineTransform(coefficients, mel.size);
  const streamed = (stream: FeatureStream): FeatureStream => ({
    push: (samples) => transform(stream.push(samples)),
    end: () => transform(stream.end()),
  });
  return {
    size: coefficients,
    frameCount: mel.frameCount,
    of: (samples) => transform(mel.of(samples)),
    stream: () => streamed(mel.stream()),
  };
}

function cosineTransform(coefficients: number, size: number): (frames: Frames) => Frames {
  const matrix = Float64Array.from({ length: coefficients * size }, (_, index) => {
    const [k, n] = [Math.floor(index / size), index % size];
    return Math.sqrt((k === 0 ? 1 : 2) / size) * Math.cos((Math.PI * k * (2 * n + 1)) / (2 * size));
  });
  return ({ values, count }) => {
    const out = new Float32Array(count * coefficients);
    for (let row = 0; row < count; row++) {
      for (let k = 0; k < coefficients; k++) {
        let sum = 0;
        for (let n = 0; n < size; n++) sum += matrix[k * size + n]! * values[row * size + n]!;
        out[row * coefficients + k] = sum;
      }
    }
    return { values: out, count, size: coefficients };
  };
}
