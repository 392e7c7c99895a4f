/** One of many series, with its values and other columns. */
export interface GlobalSeries {
  /** Its own among the series. */
  readonly name: string;
  /** [n], oldest first, one a step; NaN where one is missing. */
  readonly values: ArrayLike<number>;
  /** Numbers of the series as a whole, by name, such as a shop's area; the same names in all series. */
  readonly staticNumbers?: Readonly<Record<string, number>>;
  /** Categories of the series as a whole, by name, such as its region; the same names in all series. */
  readonly staticCategories?: Readonly<Record<string, string>>;
  /**
   * Columns [n] that are known up to the newest value only, by name, such as visitors; NaN where a number is
   * missing.
   */
  readonly past?: Readonly<Record<string, ArrayLike<number>>>;
  /**
   * Columns that are known ahead, by name, such as prices, holidays and the calendar's: at least [n] in
   * fitting, where later rows are not read, and at least `[n + horizon]` in forecasting. NaN where a number
   * of an older row is missing.
   */
  readonly known?: Readonly<Record<string, ArrayLike<number>>>;
}

/** A series from its first known value; what it has by name in the columns' order. */
export interface CheckedGlobal {
  readonly name: string;
  /** [n]; logarithms for 'logNormal'. */
  readonly values: Float64Array;
  /** Rows that were left out before the first known value. */
  readonly skipped: number;
  readonly staticNumbers: readonly number[];
  readonly staticCategories: readonly string[];
  /** [n] each. */
  readonly past: readonly Float64Array[];
  /** At least [n + ahead] each. */
  readonly known: readonly Float64Array[];
}
