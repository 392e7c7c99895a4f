import { hertzToMel, type MelScale, melToHertz } from './mel-scale';

/** Scale, norm and limits of the triangular filters. */
export interface MelSettings {
  readonly sampleRate: number;
  readonly fftSize: number;
  readonly mels: number;
  /** In hertz. */
  readonly low: number;
  readonly high: number;
  readonly scale: MelScale;
  /** `slaney`: each triangle has the area 1 over frequencies in hertz. `none`: each has the height 1. */
  readonly norm: 'slaney' | 'none';
}

/** The weights of consecutive frequencies for each filter, concatenated. */
export interface MelFilters {
  /** The first frequency of each filter. */
  readonly starts: Int32Array;
  /** Index of each filter's first weight; one entry more than there are filters. */
  readonly offsets: Int32Array;
  readonly weights: Float64Array;
}

/**
 * Triangles with corners at equal distances in mel. Each extends from the centre of the previous triangle to
 * that of the next.
 */
export function melFilters({ sampleRate, fftSize, mels, low, high, scale, norm }: MelSettings): MelFilters {
  const [from, to] = [hertzToMel(low, scale), hertzToMel(high, scale)];
  const corners = Array.from({ length: mels + 2 }, (_, index) =>
    melToHertz(from + ((to - from) * index) / (mels + 1), scale),
  );
  const bins = Math.floor(fftSize / 2) + 1;
  const [starts, offsets, weights]: [number[], number[], number[]] = [[], [0], []];
  for (let filter = 0; filter < mels; filter++) {
    const [left, middle, right] = corners.slice(filter, filter + 3) as [number, number, number];
    const height = norm === 'slaney' ? 2 / (right - left) : 1;
    let start: number | undefined;
    for (let bin = 0; bin < bins; bin++) {
      const hertz = (bin * sampleRate) / fftSize;
      const weight = height * Math.min((hertz - left) / (middle - left), (right - hertz) / (right - middle));
      if (weight <= 0) continue;
      start ??= bin;
      weights.push(weight);
    }
    starts.push(start ?? 0);
    offsets.push(weights.length);
  }
  return {
    starts: Int32Array.from(starts),
    offsets: Int32Array.from(offsets),
    weights: Float64Array.from(weights),
  };
}
