import { inWords, type OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions, refuse } from '../refuse';
import { numbersOf } from '../series/numbers-of';
import { type Columns, type Names, namesOf } from './columns';
import type { CheckedGlobal, GlobalSeries } from './global-series';
import { type ForecastDistribution, isOfCounts } from './global-settings';

const KINDS: OptionKinds<GlobalSeries> = {
  name: 'string',
  values: 'array or typed array',
  staticNumbers: 'object?',
  staticCategories: 'object?',
  past: 'object?',
  known: 'object?',
};

export interface SeriesRules {
  readonly distribution: ForecastDistribution;
  /** Number of rows that known columns have after the newest value. */
  readonly ahead: number;
  /** Minimum number of values of a series, from its first known value on. */
  readonly fewest: number;
  /** The columns that the series of a training must have; undefined for the training itself. */
  readonly columns: Columns | undefined;
  /** Whether each series must have been in the training. */
  readonly identity: boolean;
}

const FEWEST_KNOWN = 2;
/** Fits sum squares, and the squares of larger values are not finite. */
const LARGEST = 1e150;

/**
 * Refuses an invalid list of series: duplicate names, values that the distribution cannot have, series
 * shorter than a window, columns that only some series have, that were not in the training or that end too
 * early, and categories that were not in the training. The error names the series and the row.
 */
export function checkGlobalSeries(
  scope: string,
  series: readonly GlobalSeries[],
  rules: SeriesRules,
): CheckedGlobal[] {
  checkKind(scope, 'series', series, 'array');
  if (series.length === 0)
    refuse(scope, { expected: 'at least one series', got: 'none', remedy: 'pass one' });
  for (const one of series) checkOptions(scope, one, KINDS);
  const names = new Set<string>();
  const expected = rules.columns?.names ?? namesOf(series[0]!);
  return series.map((one) => {
    const { name } = one;
    if (names.has(name)) {
      const remedy = 'rename one of the two, or join them';
      refuse(scope, { expected: 'a different name for each series', got: `'${name}' twice`, remedy });
    }
    names.add(name);
    checkNames(scope, name, namesOf(one), expected, rules.columns !== undefined);
    if (rules.identity && rules.columns && !rules.columns.series.includes(name)) {
      const remedy = 'train again with it, or without `identity`';
      refuse(scope, { expected: 'series of the training', got: `'${name}'`, remedy });
    }
    return checkedSeries(scope, one, expected, rules);
  });
}

const GROUPS: Record<keyof Names, string> = {
  staticNumbers: 'static numbers',
  staticCategories: 'static categories',
  past: 'past columns',
  known: 'known columns',
};

function checkNames(scope: string, name: string, found: Names, expected: Names, isTrained: boolean): void {
  for (const [group, words] of Object.entries(GROUPS) as [keyof Names, string][]) {
    const [wanted, has] = [expected[group].join(', '), found[group].join(', ')];
    if (wanted === has) continue;
    const whose = isTrained ? 'of the training' : 'of the first series';
    refuse(scope, {
      expected: `the ${words} ${whose}, ${wanted || 'none'}`,
      got: `${has || 'none'} in series '${name}'`,
      remedy: 'pass the same ones for all series',
    });
  }
}

function checkedSeries(
  scope: string,
  one: GlobalSeries,
  names: Names,
  { distribution, ahead, fewest, columns }: SeriesRules,
): CheckedGlobal {
  const { name } = one;
  const raw = numbersOf(scope, `series '${name}'`, one.values);
  checkValues(scope, name, raw, distribution);
  const first = raw.findIndex((value) => !Number.isNaN(value));
  const count = raw.reduce((sum, value) => sum + Number(!Number.isNaN(value)), 0);
  if (count < FEWEST_KNOWN) {
    const remedy = 'leave the series out';
    refuse(scope, {
      expected: `at least ${FEWEST_KNOWN} known values`,
      got: `${count} in series '${name}'`,
      remedy,
    });
  }
  if (raw.length - first < fewest) {
    refuse(scope, {
      expected: `at least ${fewest} rows from a series' first known value, two and \`horizon\``,
      got: `${raw.length - first} in series '${name}'`,
      remedy: 'leave the series out, or lower `horizon`',
    });
  }
  const staticNumbers = names.staticNumbers.map((column) => {
    const value = one.staticNumbers![column]!;
    if (Number.isFinite(value)) return value;
    const got = `${inWords(value)} as '${column}' of series '${name}'`;
    return refuse(scope, { expected: 'finite static numbers', got, remedy: 'pass one' });
  });
  const staticCategories = names.staticCategories.map((column, at) => {
    const value = one.staticCategories![column]!;
    checkKind(scope, `'${column}' of series '${name}'`, value, 'string');
    const seen = columns?.categories[at];
    if (seen && !seen.includes(value)) {
      refuse(scope, {
        expected: `a '${column}' of the training, ${seen.slice(0, 8).join(', ')}${seen.length > 8 ? ', …' : ''}`,
        got: `'${value}' of series '${name}'`,
        remedy: 'pass a known one, or train again',
      });
    }
    return value;
  });
  const n = raw.length;
  const past = names.past.map((column) => checkedColumn(scope, name, column, one.past![column]!, n, 0));
  const known = names.known.map((column) =>
    checkedColumn(scope, name, column, one.known![column]!, n, ahead),
  );
  const values = raw.subarray(first);
  return {
    ...{ name, skipped: first, staticNumbers, staticCategories },
    values: distribution === 'logNormal' ? values.map(Math.log) : values,
    past: past.map((column) => column.subarray(first, n)),
    known: known.map((column) => column.subarray(first)),
  };
}

function checkValues(
  scope: string,
  name: string,
  values: Float64Array,
  distribution: ForecastDistribution,
): void {
  const ofCounts = isOfCounts(distribution);
  const fits = (value: number) =>
    Number.isNaN(value) ||
    (Math.abs(value) <= LARGEST &&
      (ofCounts ? Number.isInteger(value) && value >= 0 : distribution !== 'logNormal' || value > 0));
  const wrong = values.findIndex((value) => !fits(value));
  if (wrong < 0) return;
  const what = ofCounts
    ? 'counts, whole numbers from 0,'
    : distribution === 'logNormal'
      ? 'values above 0'
      : `numbers from −${LARGEST} to ${LARGEST}`;
  refuse(scope, {
    expected: `${what}${ofCounts || distribution === 'logNormal' ? ` with the \`distribution\` '${distribution}'` : ', or NaN where one is missing'}`,
    got: `${inWords(values[wrong])} in series '${name}', row ${wrong + 1}`,
    remedy:
      Math.abs(values[wrong]!) > LARGEST
        ? 'pass NaN instead, or use a larger unit'
        : "pass NaN instead, or choose another distribution, such as 'studentT'",
  });
}

function checkedColumn(
  scope: string,
  name: string,
  column: string,
  given: ArrayLike<number>,
  rows: number,
  ahead: number,
): Float64Array {
  checkKind(scope, `'${column}' of series '${name}'`, given, 'array or typed array');
  const values = numbersOf(scope, `'${column}' of series '${name}'`, given);
  if (values.length < rows) {
    refuse(scope, {
      expected: `a number of '${column}' for each of ${rows} rows of series '${name}'`,
      got: `${values.length}`,
      remedy: 'pass one for each row, NaN if it is missing',
    });
  }
  for (let step = 0; step < ahead; step++) {
    if (Number.isFinite(values[rows + step])) continue;
    refuse(scope, {
      expected: `'${column}' of series '${name}' for all ${ahead} steps of the horizon`,
      got: `none for step ${step + 1}, row ${rows + step + 1}`,
      remedy: 'pass these values, or pass the column in `past`',
    });
  }
  const wrong = values.findIndex((value) => Math.abs(value) > LARGEST);
  if (wrong >= 0) {
    const got = `${inWords(values[wrong])} in '${column}' of series '${name}', row ${wrong + 1}`;
    refuse(scope, { expected: 'finite numbers, or NaN', got, remedy: 'leave it out as NaN' });
  }
  return values;
}
