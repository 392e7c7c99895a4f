/**
 * A forecasting method: a model of many series. It is fitted, forecasts the next steps, and can be saved in a
 * file.
 */

/** A series in the form that a method reads. */
export interface ModelSeries {
  readonly name: string;
  /** [n]. A missing value is NaN. */
  readonly values: Float64Array;
  readonly known: Readonly<Record<string, Float64Array>>;
  readonly past: Readonly<Record<string, Float64Array>>;
  readonly staticNumbers: Readonly<Record<string, number>>;
  readonly staticCategories: Readonly<Record<string, string>>;
}

export interface MethodForecast {
  readonly name: string;
  /** `network`, or the name of the rule that replaces the network because the series follows it closely. */
  readonly by: string;
  /** [horizon] */
  readonly values: Float64Array;
  /** [horizon], the hybrid's forecast without its network. */
  readonly withoutNetwork?: Float64Array;
  readonly intervals: readonly { level: number; lower: Float64Array; upper: Float64Array }[];
}

export interface FittedMethod {
  forecast(series: readonly ModelSeries[]): MethodForecast[];
  /** Returns the bytes of `model.safetensors`. */
  encode(): Uint8Array;
  /** The categories of each static column in training; undefined for a method that reads no columns. */
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
  /** Number of newest values of each series to read. */
  readonly history: number;
  /** Whether all values are counts: whole numbers from 0. */
  readonly areCounts: boolean;
  readonly signal?: AbortSignal;
}

export interface Method {
  readonly name: MethodName;
  /** The method's name in sentences. */
  readonly words: string;
  /** Minimum number of values of a series before a fold. */
  readonly fewest: number;
  fit(series: readonly ModelSeries[]): Promise<FittedMethod>;
}

/** The newest `history` values of a series, with the same rows of its columns. */
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

/** Cuts a series after `count` values. Its known columns extend `horizon` steps further. */
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
 * Adapts a forecast to counts. No value is below 0, and interval limits are rounded outwards to whole
 * numbers, because an interval between two whole numbers would contain no count.
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
