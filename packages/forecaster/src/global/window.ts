/**
 * The numbers of a window that the network reads at each step, and the simple forecasts that it combines.
 */
import type { Columns, Usual } from './columns';
import type { CheckedGlobal } from './global-series';
import { isOfCounts, type ResolvedGlobal } from './global-settings';
import type { Level, LevelShape } from './level';

export interface WindowShape extends LevelShape {
  readonly horizon: number;
  readonly context: number;
  readonly lags: readonly number[];
  /** Whether the steps of the horizon read no values of each other. */
  readonly isDirect: boolean;
  readonly columns: Columns;
  /** I, the number of inputs of a step. */
  readonly inputSize: number;
  /** K, the number of simple forecasts of a step. */
  readonly candidates: number;
}

/** Numbers of the whole window at each step: its scale, location and slope. */
const OF_WINDOW = 3;
/** For a step of the horizon in direct windows: its position, and a mark. */
const OF_DIRECT = 2;
/**
 * Maximum deviation in units of the scale; larger ones are breaks in the series, and would dominate a
 * gradient.
 */
export const FARTHEST = 50;

export function windowShape(settings: ResolvedGlobal, columns: Columns): WindowShape {
  const { horizon, context, season, lags, distribution, strategy } = settings;
  const ofCounts = isOfCounts(distribution);
  const isDirect = strategy === 'direct';
  const { past, known, staticNumbers } = columns;
  return {
    ...{ horizon, context, season, lags, isDirect, ofCounts, columns },
    reach: context + Math.max(...lags, season + 1),
    inputSize:
      2 * (lags.length + past.length + known.length) +
      staticNumbers.length +
      OF_WINDOW +
      (isDirect ? OF_DIRECT : 0),
    candidates: season > 1 ? 5 : 3,
  };
}

/** A value by its row, in units of the window's level; NaN if it is missing or not known yet. */
export type Lookup = (row: number) => number;

/** The series and the origin of a window. */
export interface WindowPlace {
  readonly series: CheckedGlobal;
  /** Number of known values. */
  readonly origin: number;
  readonly level: Level;
}

export function lookupOf({ series: { values }, level }: WindowPlace, end: number): Lookup {
  const { location, scale } = level;
  return (row) => (row >= 0 && row < end ? limited((values[row]! - location) / scale) : Number.NaN);
}

export const limited = (value: number): number => Math.max(-FARTHEST, Math.min(FARTHEST, value));

const standard = (value: number, { mean, deviation }: Usual) => (value - mean) / deviation;

/** A signed logarithm: linear for small numbers, compressed for large ones. */
const tame = (value: number) => Math.sign(value) * Math.log1p(Math.abs(value));

/**
 * Writes the inputs of one step, `inputSize` numbers, from `at` on. Of the values and past columns, only rows
 * before `row` are used.
 */
export function fillInputs(
  into: Float32Array,
  at: number,
  row: number,
  { series, origin, level }: WindowPlace,
  value: Lookup,
  shape: WindowShape,
): void {
  const { columns, lags } = shape;
  let next = at;
  const put = (number: number) => {
    const isThere = !Number.isNaN(number);
    into[next++] = isThere ? limited(number) : 0;
    into[next++] = Number(isThere);
  };
  for (const lag of lags) put(value(row - lag));
  for (const [k, usual] of columns.past.entries()) {
    const isSeen = row > 0 && row <= origin;
    put(isSeen ? standard(series.past[k]![row - 1]!, usual) : Number.NaN);
  }
  for (const [k, usual] of columns.known.entries())
    put(row >= 0 ? standard(series.known[k]![row] ?? Number.NaN, usual) : Number.NaN);
  for (const [k, usual] of columns.staticNumbers.entries())
    into[next++] = limited(standard(series.staticNumbers[k]!, usual));
  into[next++] = limited(standard(Math.log(level.scale), columns.scale));
  into[next++] = tame(level.location / level.scale);
  into[next++] = tame(level.slope);
  if (!shape.isDirect) return;
  const ahead = row - origin;
  into[next++] = ahead < 0 ? 0 : (ahead + 1) / shape.horizon;
  into[next++] = Number(ahead >= 0);
}

/**
 * Writes the simple forecasts of one step, in units of the level: the location; the last known value; the
 * last value with the window's slope; and, with a season, the value a season before, and that value moved by
 * the last value's distance from the value a season before it. A direct step uses the values that are known
 * at the origin.
 */
export function fillCandidates(
  into: Float32Array,
  at: number,
  row: number,
  { origin, level }: WindowPlace,
  value: Lookup,
  { season, isDirect, reach }: WindowShape,
): void {
  const before = isDirect ? Math.min(row, origin) : row;
  const steps = row - before + 1;
  let latest = before - 1;
  while (latest >= before - reach && Number.isNaN(value(latest))) latest--;
  const last = Number.isNaN(value(latest)) ? level.mean : value(latest);
  into[at] = level.mean;
  into[at + 1] = last;
  into[at + 2] = limited(last + steps * level.slope);
  if (season === 1) return;
  const back = Math.ceil(steps / season) * season;
  const [then, lastThen] = [value(row - back), value(latest - season)];
  const seasonal = Number.isNaN(then) ? last : then;
  into[at + 3] = seasonal;
  into[at + 4] = Number.isNaN(lastThen) ? seasonal : limited(seasonal + last - lastThen);
}
