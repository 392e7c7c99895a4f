/**
 * A forecasting method: a model of many series that is fitted, forecasts the next steps, and is written to a
 * file.
 */

/** A series as a method reads it. */
export interface ModelSeries {
  readonly name: string;
  /** [n], NaN where one is missing. */
  readonly values: Float64Array;
  readonly known: Readonly<Record<string, Float64Array>>;
  readonly past: Readonly<Record<string, Float64Array>>;
  readonly staticNumbers: Readonly<Record<string, number>>;
  readonly staticCategories: Readonly<Record<string, string>>;
}

export interface MethodForecast {
  readonly name: string;
  /** 'network', or the rule that the series follows too closely for one. */
  readonly by: string;
  /** [horizon] */
  readonly values: Float64Array;
  /** [horizon]; the same forecast without its network. */
  readonly withoutNetwork?: Float64Array;
  readonly intervals: readonly { level: number; lower: Float64Array; upper: Float64Array }[];
}

export interface FittedMethod {
  forecast(series: readonly ModelSeries[]): MethodForecast[];
  /** The bytes of its file. */
  encode(): Uint8Array;
  /** By static column, the categories that it was fitted with; undefined of a method that reads none. */
  readonly categories?: Readonly<Record<string, readonly string[]>>;
}

export type MethodName = 'hybrid' | 'global';

export interface MethodSettings {
  readonly horizon: number;
  readonly season: number;
  readonly levels: readonly number[];
  readonly seed: number;
  readonly units?: number;
  readonly ensemble?: number;
  /** For the hybrid: number of passes over the examples. */
  readonly epochs?: number;
  /** For the global model: number of updates. */
  readonly steps?: number;
  /** For the global model. */
  readonly distribution?: string;
  readonly zeroInflated?: boolean;
  /** Newest values of each series that are read. */
  readonly history: number;
  /** Whether all values are counts, of which none is below 0. */
  readonly areCounts: boolean;
  readonly signal?: AbortSignal;
}

export interface Method {
  readonly name: MethodName;
  /** In sentences. */
  readonly words: string;
  /** Values of a series before a fold, at least. */
  readonly fewest: number;
  fit(series: readonly ModelSeries[]): Promise<FittedMethod>;
}

/** The newest values of a series, with what belongs to them. */
export function newest(series: ModelSeries, history: number): ModelSeries {
  const from = Math.max(0, series.values.length - history);
  if (from === 0) return series;
  return {
    ...series,
    values: series.values.subarray(from),
    known: columnsFrom(series.known, from),
    past: columnsFrom(series.past, from),
  };
}

function columnsFrom(columns: ModelSeries['known'], from: number, to?: number): ModelSeries['known'] {
  return Object.fromEntries(Object.entries(columns).map(([name, cells]) => [name, cells.subarray(from, to)]));
}

/** A series cut after `count` values; its known columns extend `horizon` steps further. */
export function upTo(series: ModelSeries, count: number, horizon: number): ModelSeries {
  return {
    ...series,
    values: series.values.subarray(0, count),
    known: columnsFrom(series.known, 0, count + horizon),
    past: columnsFrom(series.past, 0, count),
  };
}

/** Whether all known values are whole numbers from 0. */
export function areCounts(series: readonly { readonly values: Float64Array }[]): boolean {
  return series.every(({ values }) =>
    values.every((value) => Number.isNaN(value) || (value >= 0 && Number.isInteger(value))),
  );
}

/**
 * Forecasts of counts: none is below 0, and intervals end at whole numbers, outwards, since one within two of
 * these would hold no count.
 */
export function asCounts(forecast: MethodForecast): MethodForecast {
  const lift = (values: Float64Array) => values.map((value) => Math.max(0, value));
  return {
    ...forecast,
    values: lift(forecast.values),
    ...(forecast.withoutNetwork && { withoutNetwork: lift(forecast.withoutNetwork) }),
    intervals: forecast.intervals.map(({ level, lower, upper }) => ({
      ...{ level, lower: lift(lower).map(Math.floor), upper: lift(upper).map(Math.ceil) },
    })),
  };
}
