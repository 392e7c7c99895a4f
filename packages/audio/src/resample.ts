import type { OptionKinds } from '@unrolled/errors';
import { check, checkKind, checkOptions, checkSamples, refuse } from './refuse';

/** The two sample rates. */
export interface ResampleOptions {
  /** Sample rate of the input, in hertz. */
  readonly from: number;
  /** The new sample rate, in hertz. */
  readonly to: number;
}

const KINDS: OptionKinds<ResampleOptions> = { from: 'positive integer', to: 'positive integer' };

/** Maximum number of input samples; they take 2 GiB. */
const MOST = 2 ** 29;
/**
 * Maximum length of the filter: rates without a common divisor, such as 44,101 and 44,100, would need more.
 */
const LONGEST = 2 ** 22;

/**
 * The same signal at another rate, ⌈n · to / from⌉ samples: a polyphase filter, a sinc with a Kaiser window
 * (β = 5) of 10 zeros on each side, at the lower of the two Nyquist frequencies. Samples beyond the ends
 * are 0.
 *
 * @throws UnrolledError for a sample that is not a finite number, for rates whose common divisor is too
 *   small, and for more than 2²⁹ resulting samples
 * @see scipy.signal.resample_poly, which gives the same numbers
 */
export function resample(samples: ArrayLike<number>, options: ResampleOptions): Float32Array {
  checkKind('resample', 'samples', samples, 'array or typed array');
  checkOptions('resample', options, KINDS);
  checkSamples('resample', samples);
  const { from, to } = options;
  const divisor = greatestDivisor(from, to);
  const [up, down] = [to / divisor, from / divisor];
  if (up === down) return Float32Array.from(samples);
  const half = 10 * Math.max(up, down);
  check.number('resample', 'from', from, Number.isSafeInteger(half), 'to be a rate in hertz');
  if (half > LONGEST / 2) {
    const remedy = 'choose rates with a larger common divisor, or resample twice';
    refuse('resample', {
      expected: `rates whose ratio has terms of at most ${Math.floor(LONGEST / 20)}`,
      got: `${up} / ${down}`,
      remedy,
    });
  }
  const count = samples.length;
  const length = Math.ceil((count * up) / down);
  if (length > MOST) {
    const remedy = 'resample the signal in parts, or check that `from` is the rate of these samples';
    refuse('resample', { expected: `a result of at most ${MOST} samples`, got: String(length), remedy });
  }
  const phases = phasesOf(up, half);
  const result = new Float32Array(length);
  for (let at = 0; at < result.length; at++) {
    // result[at] = Σ samples[k] · filter[at · down − k · up + half]
    const last = at * down + half;
    const phase = phases[last % up]!;
    const newest = Math.floor(last / up);
    const [from, to] = [Math.max(0, newest - count + 1), Math.min(phase.length, newest + 1)];
    let sum = 0;
    for (let tap = from; tap < to; tap++) sum += phase[tap]! * samples[newest - tap]!;
    result[at] = sum;
  }
  return result;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/**
 * The filter of 2 · half + 1 numbers, whose sum is `up`, divided into one row for each remainder of the index
 * modulo `up`.
 */
function phasesOf(up: number, half: number): Float64Array[] {
  const cutoff = 10 / half;
  const filter = Float64Array.from({ length: 2 * half + 1 }, (_, index) => {
    const place = index - half;
    const angle = Math.PI * cutoff * place;
    return (place === 0 ? 1 : Math.sin(angle) / angle) * bessel(5 * Math.sqrt(1 - (place / half) ** 2));
  });
  const scale = up / filter.reduce((sum, value) => sum + value, 0);
  return Array.from({ length: up }, (_, phase) => {
    const length = Math.ceil((filter.length - phase) / up);
    return Float64Array.from({ length }, (_, tap) => scale * filter[phase + tap * up]!);
  });
}

/** The modified Bessel function of the first kind, order 0, by its series Σ ((x / 2)ᵏ / k!)². */
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= (x / 2 / k) ** 2;
    sum += term;
  }
  return sum;
}
