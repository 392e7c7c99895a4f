/** The columns of the training series besides their values, and their usual sizes. */
import type { CheckedGlobal, GlobalSeries } from './global-series';
import type { Level } from './level';

/** The names of the columns of each series, in order. */
export interface Names {
  readonly staticNumbers: readonly string[];
  readonly staticCategories: readonly string[];
  readonly past: readonly string[];
  readonly known: readonly string[];
}

/** A mean, and a standard deviation that is not 0. */
export interface Usual {
  readonly mean: number;
  readonly deviation: number;
}

export interface Columns {
  readonly names: Names;
  /** Names of the training series; empty without `identity`. */
  readonly series: readonly string[];
  /** The values of each static category in the training. */
  readonly categories: readonly (readonly string[])[];
  readonly staticNumbers: readonly Usual[];
  readonly past: readonly Usual[];
  readonly known: readonly Usual[];
  /** Mean and deviation of the logarithms of the windows' scales. */
  readonly scale: Usual;
}

const GROUPS = ['staticNumbers', 'staticCategories', 'past', 'known'] as const;

export function namesOf(series: GlobalSeries): Names {
  const of = (group: (typeof GROUPS)[number]) => Object.keys(series[group] ?? {}).sort();
  return Object.fromEntries(GROUPS.map((group) => [group, of(group)])) as unknown as Names;
}

/**
 * Reads only training rows: known columns are read up to the newest value.
 *
 * @param levels of each series' newest window, if it has one
 */
export function columnsOf(
  names: Names,
  series: readonly CheckedGlobal[],
  levels: readonly (Level | undefined)[],
  identity: boolean,
): Columns {
  const across = (columnOf: (one: CheckedGlobal) => Iterable<number>) =>
    usualOf(function* () {
      for (const one of series) yield* columnOf(one);
    });
  return {
    names,
    series: identity ? series.map(({ name }) => name) : [],
    categories: names.staticCategories.map((_, at) =>
      [...new Set(series.map(({ staticCategories }) => staticCategories[at]!))].sort(),
    ),
    staticNumbers: names.staticNumbers.map((_, at) => across((one) => [one.staticNumbers[at]!])),
    past: names.past.map((_, at) => across(({ past }) => past[at]!)),
    known: names.known.map((_, at) => across(({ known, values }) => known[at]!.subarray(0, values.length))),
    scale: usualOf(function* () {
      for (const level of levels) if (level) yield Math.log(level.scale);
    }),
  };
}

function usualOf(values: () => Iterable<number>): Usual {
  let [count, mean, squares] = [0, 0, 0];
  for (const value of values()) {
    if (Number.isNaN(value)) continue;
    count++;
    const away = value - mean;
    mean += away / count;
    squares += away * (value - mean);
  }
  const deviation = Math.sqrt(squares / Math.max(1, count));
  // For a constant column, rounding is not a deviation.
  return { mean, deviation: deviation > 1e-12 * Math.abs(mean) ? deviation : 1 };
}

/** Whether a value from a file describes columns. */
export function isColumns(value: unknown): value is Columns {
  const { names, series, categories, scale, ...usual } = (value ?? {}) as Columns;
  const isTexts = (list: unknown): list is string[] =>
    Array.isArray(list) && list.every((text) => typeof text === 'string');
  const isUsual = (one: unknown) => {
    const { mean, deviation } = (one ?? {}) as Usual;
    return Number.isFinite(mean) && Number.isFinite(deviation) && deviation > 0;
  };
  if (typeof names !== 'object' || names === null) return false;
  return (
    GROUPS.every((group) => isTexts(names[group])) &&
    isTexts(series) &&
    Array.isArray(categories) &&
    categories.length === names.staticCategories.length &&
    categories.every((values) => isTexts(values) && values.length > 0) &&
    isUsual(scale) &&
    (['staticNumbers', 'past', 'known'] as const).every((group) => {
      const all: unknown = usual[group];
      return Array.isArray(all) && all.length === names[group].length && all.every(isUsual);
    })
  );
}
