import { refuse } from '../refuse';

/** The options that determine how samples are cut into frames. */
export interface Framing {
  readonly fftSize: number;
  readonly hopSize: number;
  readonly center: boolean;
  readonly padMode: 'reflect' | 'constant';
}

/** A buffer of samples, which returns frames of `fftSize` that start every `hopSize` samples. */
export interface Framer {
  /** Takes the next samples. */
  push(samples: ArrayLike<number>): void;
  /** Takes the padding after the last sample. */
  end(): void;
  /** Number of complete frames in the buffer. */
  waiting(): number;
  /** Copies the next frame, multiplied by the window, into `frame`. */
  next(window: Float64Array, frame: Float64Array): void;
}

/** The number of frames for `count` samples. */
export function frameCount({ fftSize, hopSize, center }: Framing, count: number): number {
  const padded = count + (center ? 2 * Math.floor(fftSize / 2) : 0);
  return padded < fftSize ? 0 : 1 + Math.floor((padded - fftSize) / hopSize);
}

/** Cuts a signal that arrives in pieces. The frames do not depend on the division into pieces. */
export function framerOf(scope: string, framing: Framing): Framer {
  const { fftSize, hopSize, center } = framing;
  const isReflected = center && framing.padMode === 'reflect';
  const pad = center ? Math.floor(fftSize / 2) : 0;
  /** Number of samples that the padding at the start needs, and that the padding at the end reads. */
  const kept = isReflected ? pad + 1 : 0;
  let buffer = new Float64Array(4 * fftSize);
  /** Number of values in the buffer, position of the next frame, and number of samples so far. */
  let [length, start, total] = [0, 0, 0];
  let isPadded = false;

  const reserve = (count: number) => {
    // Drops samples that neither a frame nor the padding needs. A hop may be longer than a frame.
    const unused = Math.max(0, Math.min(start, length - kept));
    if (unused > 0 && length + count > buffer.length) {
      buffer.copyWithin(0, unused, length);
      [length, start] = [length - unused, start - unused];
    }
    if (length + count <= buffer.length) return;
    const larger = new Float64Array(2 * (length + count));
    larger.set(buffer.subarray(0, length));
    buffer = larger;
  };
  const padFront = () => {
    if (isPadded) return;
    reserve(pad);
    buffer.copyWithin(pad, 0, length);
    for (let at = 0; at < pad; at++) buffer[at] = isReflected ? buffer[2 * pad - at]! : 0;
    length += pad;
    isPadded = true;
  };
  return {
    push(samples) {
      reserve(samples.length);
      buffer.set(samples, length);
      [length, total] = [length + samples.length, total + samples.length];
      if (total >= kept) padFront();
    },
    end() {
      if (total < Math.max(1, kept) || frameCount(framing, total) === 0) refuseShort(scope, framing, total);
      padFront();
      reserve(pad);
      for (let at = 0; at < pad; at++) buffer[length + at] = isReflected ? buffer[length - 2 - at]! : 0;
      length += pad;
    },
    waiting: () =>
      isPadded && length >= start + fftSize ? 1 + Math.floor((length - start - fftSize) / hopSize) : 0,
    next(window, frame) {
      for (let at = 0; at < fftSize; at++) frame[at] = buffer[start + at]! * window[at]!;
      start += hopSize;
    },
  };
}

function refuseShort(scope: string, { fftSize, center, padMode }: Framing, count: number): never {
  const least = !center ? fftSize : padMode === 'reflect' ? Math.floor(fftSize / 2) + 1 : 1;
  const remedy =
    center && padMode === 'reflect'
      ? "pass more samples, or set padMode: 'constant'"
      : 'pass more samples, or reduce fftSize';
  refuse(scope, { expected: `at least ${least} samples`, got: String(count), remedy, code: 'shape' });
}
