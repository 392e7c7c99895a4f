import type { Frames } from '../frames';
import { check, checkSamples, refuse } from '../refuse';
import { powerSpectrum } from './fourier';
import { type Framing, frameCount, framerOf } from './framing';

/** Computes features of samples: of all at once, or of a signal that arrives in pieces. */
export interface FeatureExtractor {
  /** Number of features of a frame. */
  readonly size: number;
  /** The number of frames for `samples` samples. */
  frameCount(samples: number): number;
  /**
   * The features of a whole signal, [T, size].
   *
   * @throws UnrolledError for a sample that is not a finite number, and for too few samples for a frame
   */
  of(samples: ArrayLike<number>): Frames;
  /** Starts a signal that arrives in pieces. Its frames equal those of the whole signal, bit for bit. */
  stream(): FeatureStream;
}

/** A signal that arrives in pieces of any length. */
export interface FeatureStream {
  /** Takes the next samples, and returns the frames that they complete, possibly none. */
  push(samples: ArrayLike<number>): Frames;
  /** Ends the signal and returns the remaining frames. */
  end(): Frames;
}

/**
 * Computes the features of one frame from its power spectrum, and writes them into `values`, starting at
 * `at`.
 */
export type FrameFeatures = (power: Float64Array, values: Float32Array, at: number) => void;

/** An extractor whose features depend only on each frame's power spectrum. */
export function extractorOf(
  scope: string,
  framing: Framing,
  window: Float64Array,
  size: number,
  features: () => FrameFeatures,
): FeatureExtractor {
  const begin = (): FeatureStream => {
    const { fftSize } = framing;
    const framer = framerOf(scope, framing);
    const [spectrum, write] = [powerSpectrum(fftSize), features()];
    const [frame, power] = [new Float64Array(fftSize), new Float64Array(Math.floor(fftSize / 2) + 1)];
    let [total, isEnded] = [0, false];
    const take = (): Frames => {
      const count = framer.waiting();
      const values = new Float32Array(count * size);
      for (let row = 0; row < count; row++) {
        framer.next(window, frame);
        spectrum(frame, power);
        write(power, values, row * size);
      }
      return { values, count, size };
    };
    const refuseEnded = () => {
      if (!isEnded) return;
      const remedy = 'start another stream with stream()';
      refuse(scope, {
        expected: 'a stream that has not ended',
        got: 'a stream that has ended',
        remedy,
        code: 'state',
      });
    };
    return {
      push(samples) {
        refuseEnded();
        checkSamples(scope, samples, total);
        total += samples.length;
        framer.push(samples);
        return take();
      },
      end() {
        refuseEnded();
        isEnded = true;
        framer.end();
        return take();
      },
    };
  };
  return {
    size,
    frameCount(samples) {
      check.count(scope, 'samples', samples, 0);
      return frameCount(framing, samples);
    },
    of(samples) {
      const stream = begin();
      return concatenate([stream.push(samples), stream.end()]);
    },
    stream: begin,
  };
}

/** Computes frames one by one. */
export function concatenate(parts: readonly Frames[]): Frames {
  const { size } = parts[0]!;
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const values = new Float32Array(count * size);
  let at = 0;
  for (const part of parts) {
    values.set(part.values, at);
    at += part.values.length;
  }
  return { values, count, size };
}
