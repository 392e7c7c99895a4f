import type { OptionKinds } from '@unrolled/errors';
import { checkFrames, type Frames } from './frames';
import { check, checkOptions, refuse } from './refuse';

/** The number of frames for the slope, and the handling of the ends. */
export interface DeltasOptions {
  /** Number of frames, odd, from 3 to 9,999; default 9. */
  readonly width?: number;
  /**
   * `interpolate` (default): near an end the slope of its first or last `width` frames, as in librosa.
   * `replicate`: the first and the last frame are repeated, as in torchaudio and HTK.
   */
  readonly edges?: 'interpolate' | 'replicate';
}

/** A minute and a half of frames every 10 milliseconds. */
const WIDEST = 9999;

const KINDS: OptionKinds<DeltasOptions> = { width: 'positive integer?', edges: 'string?' };

/**
 * The slope of each feature over time, by least squares: Σ n (c[t + n] − c[t − n]) / (2 Σ n²) for n = 1 …
 * (width − 1) / 2. Deltas of deltas are accelerations.
 *
 * @see librosa.feature.delta (order 1), torchaudio.functional.compute_deltas
 */
export function deltas(frames: Frames, options: DeltasOptions = {}): Frames {
  checkFrames('deltas', frames);
  checkOptions('deltas', options, KINDS);
  const { width = 9, edges = 'interpolate' } = options;
  const fits = width >= 3 && width <= WIDEST && width % 2 === 1;
  check.number('deltas', 'width', width, fits, `to be an odd number from 3 to ${WIDEST}`);
  check.choice('deltas', 'edges', edges, ['interpolate', 'replicate']);
  const { values, count, size } = frames;
  if (edges === 'interpolate' && count < width) {
    const remedy = "reduce width, or set edges: 'replicate'";
    refuse('deltas', {
      expected: `at least ${width} frames, the value of width`,
      got: String(count),
      remedy,
      code: 'shape',
    });
  }
  const reach = (width - 1) / 2;
  const scale = (reach * (reach + 1) * (2 * reach + 1)) / 3;
  const slopes = new Float32Array(values.length);
  for (let row = 0; row < count; row++) {
    const middle = edges === 'interpolate' ? Math.min(Math.max(row, reach), count - 1 - reach) : row;
    for (let column = 0; column < size; column++) {
      let sum = 0;
      for (let n = 1; n <= reach; n++) {
        const [later, earlier] = [Math.min(middle + n, count - 1), Math.max(middle - n, 0)];
        sum += n * (values[later * size + column]! - values[earlier * size + column]!);
      }
      slopes[row * size + column] = sum / scale;
    }
  }
  return { values: slopes, count, size };
}
