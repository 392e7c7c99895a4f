/** The location and scale of a window's values: the units of its numbers. */

export interface Level {
  /** Mean of the known values of the newest season; without a season the last value; 0 for counts. */
  readonly location: number;
  /** The mean absolute change over a season, or over a step; for counts 1 plus their mean. */
  readonly scale: number;
  /**
   * The mean of the newest season, relative to `location`, in units of `scale`: 0; for counts the mean of all
   * visible values.
   */
  readonly mean: number;
  /** Change of a step, from the first known value to the last, in units of `scale`. */
  readonly slope: number;
}

/** The parts of a window's shape that its level depends on. */
export interface LevelShape {
  /** Steps before the origin that a window reads. */
  readonly reach: number;
  readonly season: number;
  readonly ofCounts: boolean;
}

/**
 * Computed from the values that a window at `origin` may read: its context, and older values up to the
 * largest lag.
 *
 * @param values [n], NaN where one is missing
 * @returns undefined if no value is known, or all are equal
 */
export function levelOf(values: Float64Array, origin: number, shape: LevelShape): Level | undefined {
  const seen = values.subarray(Math.max(0, origin - shape.reach), origin);
  const last = seen.findLastIndex((value) => !Number.isNaN(value));
  if (last < 0) return undefined;
  const first = seen.findIndex((value) => !Number.isNaN(value));
  const slopeIn = (scale: number) =>
    last > first ? (seen[last]! - seen[first]!) / (last - first) / scale : 0;
  if (shape.ofCounts) {
    const mean = meanOf(seen);
    return { location: 0, scale: 1 + mean, mean: mean / (1 + mean), slope: slopeIn(1 + mean) };
  }
  const scale =
    meanChange(seen, shape.season) || meanChange(seen, 1) || meanChange(values.subarray(0, origin), 1);
  if (!(scale > 0)) return undefined;
  const newest = seen.subarray(Math.max(0, last + 1 - shape.season), last + 1);
  return { location: meanOf(newest), scale, mean: 0, slope: slopeIn(scale) };
}

/** The mean over pairs of known values; 0 if there is no pair. */
function meanChange(values: Float64Array, lag: number): number {
  let [sum, count] = [0, 0];
  for (let t = lag; t < values.length; t++) {
    const change = Math.abs(values[t]! - values[t - lag]!);
    if (Number.isNaN(change)) continue;
    sum += change;
    count++;
  }
  return count > 0 ? sum / count : 0;
}

function meanOf(values: Float64Array): number {
  let [sum, count] = [0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return sum / count;
}
