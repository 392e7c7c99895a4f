/** Where a window's values lie and how much they change: what its numbers are put in units of. */
import type { WindowShape } from './window';

export interface Level {
  /** Mean of the newest season's known values, the last value without a season; 0 of counts. */
  readonly location: number;
  /** The mean absolute change over a season, or over a step; one and the mean of counts. */
  readonly scale: number;
  /** Change of a step, from the first known value to the last, in units of `scale`. */
  readonly slope: number;
}

/**
 * Of the values that a window at `origin` may read, and none that comes later: those of its context and as far back from there as lags go.
 *
 * @param values [n], NaN where one is missing
 * @returns undefined where no value is known, or none changes
 */
export function levelOf(values: Float64Array, origin: number, shape: WindowShape): Level | undefined {
  const from = Math.max(0, origin - shape.reach);
  const seen = values.subarray(from, origin);
  if (shape.ofCounts) {
    const mean = meanOf(seen);
    return Number.isNaN(mean) ? undefined : { location: 0, scale: 1 + mean, slope: 0 };
  }
  const scale =
    meanChange(seen, shape.season) || meanChange(seen, 1) || meanChange(values.subarray(0, origin), 1);
  const last = seen.findLastIndex((value) => !Number.isNaN(value));
  if (!(scale > 0) || last < 0) return undefined;
  const first = seen.findIndex((value) => !Number.isNaN(value));
  const location =
    shape.season > 1 ? meanOf(seen.subarray(Math.max(0, last + 1 - shape.season), last + 1)) : seen[last]!;
  const slope = last > first ? (seen[last]! - seen[first]!) / (last - first) / scale : 0;
  return { location, scale, slope };
}

/** Over pairs that are both known; 0 where there is none. */
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
