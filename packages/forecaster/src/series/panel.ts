import { priceColumns } from '@unrolled/data';
import { inWords, type OptionKinds } from '@unrolled/errors';
import { checkOptions, refuse } from '../refuse';
import { compareInstants, inOrder, timeOf } from './instants';

/** One table of values, oldest row first. */
export interface Series {
  /**
   * The name by which a forecaster finds the series' scalers; default `series`. Several series need different
   * names.
   */
  readonly name?: string;
  /** The date of each row as ISO text, ascending; undefined without dates. */
  readonly dates?: readonly string[] | undefined;
  /** The line of each row in its file, for messages. */
  readonly lines?: ArrayLike<number> | undefined;
  /** Columns by name, each [rows] and finite. */
  readonly columns: Readonly<Record<string, ArrayLike<number>>>;
}

/** The values of one column, a table, or several tables for one model. */
export type SeriesInput = ArrayLike<number> | Series | readonly Series[];

/** One table on the panel's time axis. */
export interface PanelSeries {
  readonly name: string;
  readonly dates: readonly string[] | undefined;
  readonly lines: ArrayLike<number> | undefined;
  /** The columns that are used, each [rows]. */
  readonly columns: Readonly<Record<string, Float64Array>>;
  /** [rows], each row's place on the panel's time axis, ascending. */
  readonly times: Int32Array;
}

/**
 * The series of one model, on a common time axis. Plain data, so it can be sent to a worker.
 */
export interface Panel {
  readonly target: string;
  /** The columns that the network reads. */
  readonly features: readonly string[];
  /**
   * The columns of prices, by their names or as `priceColumnsOf` finds them. If the target is a price, they
   * are in its unit.
   */
  readonly priceColumns: readonly string[];
  readonly series: readonly PanelSeries[];
  /** Number of places on the time axis. */
  readonly length: number;
  /** The date at each place; undefined without dates. */
  readonly dates: readonly string[] | undefined;
}

/** The columns of a panel. */
export interface PanelColumns {
  readonly target: string;
  readonly features: readonly string[];
  /** The price columns of a `Panel`; default those named as prices. */
  readonly priceColumns?: readonly string[] | undefined;
}

/**
 * Puts series on one time axis: the sorted dates of all series, or the row numbers without dates. A cut at a
 * place of the axis is then the same time for every series, so no series is trained on another's future.
 *
 * @throws UnrolledError if a column is missing, has a value that is not finite, or differs in length; if two
 *   series have one name; if dates are not ascending ISO texts; if only some series have dates; or if series
 *   without dates differ in length
 */
export function makePanel(
  input: SeriesInput,
  { target, features, priceColumns: known }: PanelColumns,
): Panel {
  const names = [...new Set([target, ...features])];
  const series = tablesOf(input, target).map((one) => withColumns(one, names));
  const twice = series.find(({ name }, at) => series.findIndex((other) => other.name === name) < at);
  if (twice || series.length === 0)
    refuse('series', {
      expected: 'at least one series, each with a different name',
      got: twice ? `"${twice.name}" twice` : 'none',
      remedy: 'name each, or leave out the empty list',
    });
  const columns = { target, features, priceColumns: known ?? names.filter(isPrice) };
  const undated = series.filter(({ dates }) => dates === undefined);
  if (undated.length === 0) return { ...columns, ...datedAxis(series) };
  const lengths = series.map((one) => one.columns[target]!.length);
  const [length = 0] = lengths;
  if (undated.length < series.length || lengths.some((other) => other !== length)) {
    refuse('series', {
      expected: 'several series with dates, or series of equal length without dates',
      got: series
        .map(({ name, dates }, i) => `${name}: ${lengths[i]} rows${dates ? '' : ' without dates'}`)
        .join('; '),
      remedy: 'add a date column to each',
    });
  }
  const times = Int32Array.from({ length }, (_, row) => row);
  return { ...columns, series: series.map((one) => ({ ...one, times })), length, dates: undefined };
}

function tablesOf(input: SeriesInput, target: string): readonly Series[] {
  if (!Array.isArray(input) && !ArrayBuffer.isView(input))
    checkOptions('series', input as Series, SERIES_KINDS, true);
  if ('columns' in input) return [input];
  if (Array.isArray(input) && Array.isArray(input[0]))
    refuse('series', {
      expected: 'the values of one column, a table, or a list of tables',
      got: 'a list of arrays',
      remedy: 'pass the columns by name, such as { columns: { value, other } }',
    });
  if (input.length > 0 && typeof input[0] === 'object' && input[0] !== null && Array.isArray(input)) {
    for (const one of input) checkOptions('series', one as Series, SERIES_KINDS, true);
    return input as readonly Series[];
  }
  return [{ columns: { [target]: input as ArrayLike<number> } }];
}

const SERIES_KINDS: OptionKinds<Series> = {
  name: 'string?',
  dates: 'array?',
  lines: 'array or typed array?',
  columns: 'object',
};

type Table = Omit<PanelSeries, 'times'>;

function withColumns({ name = 'series', dates, lines, columns }: Series, names: readonly string[]): Table {
  const used = names.map((column): [string, Float64Array] => {
    const values = columns[column];
    if (values === undefined)
      return refuse('series', {
        expected: `a column "${column}" in ${name}`,
        got: Object.keys(columns).join(', ') || 'none',
        remedy: 'name a column of the series as `target` and in `features`',
      });
    // The values as they are given: in a Float64Array, null and '' would be 0.
    const bad = Array.prototype.findIndex.call(values, (value) => !Number.isFinite(value));
    if (bad >= 0)
      refuse('series', {
        expected: `finite numbers in column "${column}" of ${name}`,
        got: `${inWords(values[bad])} in row ${bad}`,
        remedy: 'leave out the rows without a value',
        code: 'not-finite',
      });
    return [column, values instanceof Float64Array ? values : Float64Array.from(values)];
  });
  const rows = used[0]![1].length;
  const sizes = used.map(([column, values]) => ({ of: `"${column}"`, length: values.length }));
  if (dates) sizes.push({ of: 'dates', length: dates.length });
  if (sizes.some(({ length }) => length !== rows))
    refuse('series', {
      expected: `columns and dates of equal length in ${name}`,
      got: sizes.map(({ of, length }) => `${of}: ${length}`).join(', '),
      remedy: 'pass a value of every column for each row',
    });
  if (dates) requireAscending(name, dates);
  return { name, dates, lines, columns: Object.fromEntries(used) };
}

function requireAscending(name: string, dates: readonly string[]): void {
  const bad = dates.findIndex((date, row) => {
    const isLater = row === 0 || compareInstants(dates[row - 1]!, date) < 0;
    return typeof date !== 'string' || Number.isNaN(timeOf(date)) || !isLater;
  });
  if (bad < 0) return;
  refuse('series', {
    expected: `dates in ${name} as ISO text, each after the one before`,
    got: `${inWords(dates[bad])}${bad > 0 ? ` after ${inWords(dates[bad - 1])}` : ''} in row ${bad}`,
    remedy:
      typeof dates[bad] === 'string'
        ? 'sort the rows, the oldest first; readCsv does'
        : 'pass texts, such as date.toISOString()',
  });
}

/** Whether a column's name is that of a price: an open, high, low, close or adjusted close. */
function isPrice(name: string): boolean {
  const { open, high, low, close, adjustedClose } = priceColumns({ columns: [name], dateColumn: undefined });
  return [open, high, low, close, adjustedClose].includes(name);
}

function datedAxis(series: readonly Table[]): Pick<Panel, 'series' | 'length' | 'dates'> {
  const written = inOrder([...new Set(series.flatMap((one) => one.dates!))]);
  // One instant may be written in several ways.
  const dates = written.filter((date, at) => at === 0 || compareInstants(written[at - 1]!, date) < 0);
  const places = new Map<string, number>();
  let place = -1;
  for (const date of written) {
    if (date === dates[place + 1]) place += 1;
    places.set(date, place);
  }
  return {
    dates,
    length: dates.length,
    series: series.map((one) => ({
      ...one,
      times: Int32Array.from(one.dates!, (date) => places.get(date)!),
    })),
  };
}

/** The number of a series' rows before a place on the time axis. */
export function rowsBefore({ times }: PanelSeries, place: number): number {
  const row = times.findIndex((time) => time >= place);
  return row < 0 ? times.length : row;
}

const PANEL_KINDS: OptionKinds<Panel> = {
  target: 'string',
  features: 'array',
  priceColumns: 'array',
  series: 'array',
  length: 'positive integer',
  dates: 'array?',
};

const PANEL_SERIES_KINDS: OptionKinds<Pick<PanelSeries, 'name' | 'columns' | 'times'>> = {
  name: 'string',
  columns: 'object',
  times: 'Int32Array',
};

/** Refuses a panel that `makePanel` would not return. */
export function checkPanel(scope: string, panel: Panel): void {
  checkOptions(scope, panel, PANEL_KINDS, true);
  const { target, features, series } = panel;
  for (const one of series) checkOptions(scope, one, PANEL_SERIES_KINDS, true);
  const lacking = [target, ...features].find((name) => series.some(({ columns }) => !columns[name]));
  if (series.length > 0 && features.length > 0 && lacking === undefined) return;
  refuse(scope, {
    expected: 'a panel of at least one series, with the columns of its target and features',
    got: lacking === undefined ? 'none' : `none of the name ${inWords(lacking)}`,
    remedy: 'pass the result of planFit or planBacktest',
  });
}
