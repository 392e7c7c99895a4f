import { type Factor, nearestFactor } from './factors';
import { median, type Spread, type Steps, spreadAround } from './steps';

/** A change far above the usual size around it. */
export interface Jump {
  /** Its index among the column's prices. */
  readonly at: number;
  readonly step: number;
  readonly spread: Spread;
}

/** Prices that left their level and returned to it. */
export interface Excursion {
  /** Indices among the column's prices, both inclusive. */
  readonly first: number;
  readonly last: number;
  /** ln of their level relative to the prices around them. */
  readonly step: number;
  readonly spread: Spread;
}

/** A jump to a level that stayed, by a simple factor. */
export interface LevelChange {
  readonly at: number;
  readonly step: number;
  readonly factor: Factor;
}

/** No smaller factor is reported: ln(5/4) minus its tolerance. */
const SMALLEST = 0.19;
/**
 * A jump must exceed this many usual deviations, and this multiple of the size that one change in twenty
 * exceeds.
 */
const DEVIATIONS = 10;
const TAILS = 4;
/** In deviations of the column's own unit, because prices near 0 jump in logarithms only. */
const ABSOLUTE_DEVIATIONS = 6;
/**
 * A change of level must exceed the largest other change within `MONTH` rows by this factor; by more below
 * 1.5.
 */
const DWARFED = 4;
const DWARFED_IF_SMALL = 5;
const YEARS = 500;
/** Number of changes before and after that are compared. */
const MONTH = 30;
/** ln of the largest reported factor, whose inverse is a number, too. */
const LARGEST = 700;
/** Greatest number of prices of an excursion. */
const LONGEST_EXCURSION = 60;

/** @returns the jumps of the column, oldest first */
export function findJumps(steps: Steps): Jump[] {
  const jumps: Jump[] = [];
  for (let at = 1; at < steps.steps.length; at++) {
    const step = steps.steps[at]!;
    const size = Math.abs(step);
    if (size < SMALLEST || size < (DEVIATIONS / 3) * steps.usual) continue;
    const spread = spreadAround(steps, at);
    const difference = Math.abs(steps.values[at]! - steps.values[at - 1]!);
    if (spread === undefined || size < DEVIATIONS * spread.scale || size < TAILS * spread.tail) continue;
    if (difference < ABSOLUTE_DEVIATIONS * spread.absolute && step < 0) continue;
    jumps.push({ at, step, spread });
  }
  return jumps;
}

/** Pairs each jump with the next jump back to the level before it. */
export function pairJumps(
  { logs }: Steps,
  jumps: readonly Jump[],
): { excursions: Excursion[]; single: Jump[] } {
  const excursions: Excursion[] = [];
  const single: Jump[] = [];
  const longest = Math.max(2, Math.min(LONGEST_EXCURSION, Math.floor(logs.length / 5)));
  for (let i = 0; i < jumps.length; i++) {
    const { at, step, spread } = jumps[i]!;
    const back = jumps.findIndex((other, j) => {
      const length = other.at - at;
      const drift = Math.abs(logs[other.at]! - logs[at - 1]!);
      return (
        j > i &&
        length <= longest &&
        other.step * step < 0 &&
        drift <= 5 * spread.scale * Math.sqrt(length + 1)
      );
    });
    if (back < 0) {
      single.push(jumps[i]!);
      continue;
    }
    const last = jumps[back]!.at - 1;
    const around = (logs[at - 1]! + logs[last + 1]!) / 2;
    excursions.push({ first: at, last, step: median(logs.slice(at, last + 1)) - around, spread });
    i = back;
  }
  return { excursions, single };
}

/**
 * The simple factor of an excursion, or any factor of at least 5 if no other change nearby is similar. A real
 * price that rises and falls back, such as a rate at the end of a quarter, has neither.
 */
export function excursionFactor({ step, spread }: Excursion): number | undefined {
  const size = Math.abs(step);
  const { value } = nearestFactor(size);
  const off = Math.abs(size - Math.log(value));
  const deviations = size / spread.scale;
  const isPowerOfTen = Number.isInteger(Math.log10(value));
  if (isPowerOfTen && off <= Math.min(0.3, 3 * spread.scale + 0.003)) return value;
  if (value >= 2 && deviations >= 15 && off <= Math.min(0.06, 2.5 * spread.scale + 0.003)) return value;
  return size >= Math.log(5) && deviations >= 25 ? Math.exp(Math.min(size, LARGEST)) : undefined;
}

/**
 * The permanent jumps that look like a split or a change of unit: close to a simple ratio (closer for the
 * dense ratios), and followed by a level that persists. Crashes and surges are permanent, too. Such a jump
 * must therefore be much larger than all others within two years, and changes after it must have the same
 * size as before, unlike after a crash.
 *
 * @param single jumps without a jump back
 * @param left positions of excursions, which are ignored in the comparison
 */
export function levelChanges(
  series: Steps,
  single: readonly Jump[],
  left: readonly Excursion[],
): LevelChange[] {
  const near = single.flatMap((jump) => nearRatio(series, jump) ?? []);
  const others = series.steps.map(Math.abs);
  for (const { first, last } of left) others.fill(0, first, last + 2);
  for (const { at, factor } of near) if (factor.value >= 2) others[at] = 0;
  return near.filter(({ at, step, factor: { value } }) => {
    const size = Math.abs(step);
    const largest = others
      .slice(Math.max(1, at - YEARS), at + YEARS)
      .reduce((most, other) => (other > most && Math.abs(other - size) > 0.15 * size ? other : most), 0);
    const times = value < 1.5 ? DWARFED_IF_SMALL : DWARFED;
    return size >= times * largest && (value >= 10 || isCalm(series, at));
  });
}

function nearRatio({ logs }: Steps, { at, step, spread }: Jump): LevelChange | undefined {
  const size = Math.abs(step);
  const factor = nearestFactor(size);
  const { value } = factor;
  const widest = value < 1.5 ? 0.045 : value < 2 ? 0.07 : value < 10 ? 0.12 : 0.2;
  if (Math.abs(size - Math.log(value)) > Math.min(widest, 2.8 * spread.scale + 0.003)) return undefined;
  const before = median(logs.slice(Math.max(0, at - 5), at));
  const after = median(logs.slice(at, at + 5));
  return Math.abs(after - before - step) <= 7 * spread.scale + 0.003 ? { at, step, factor } : undefined;
}

function isCalm({ steps }: Steps, at: number): boolean {
  const sizes = (from: number, to: number) =>
    median(
      steps
        .slice(from, to)
        .map(Math.abs)
        .filter((size) => size > 0),
    );
  const [before, after] = [sizes(Math.max(1, at - MONTH), at), sizes(at + 1, at + 1 + MONTH)];
  return !(after > 2.8 * before);
}
