/** One of many series, with its values and other columns. */
export interface GlobalSeries {
  /** Its name, which no other series has. */
  readonly name: string;
  /** [n], oldest first, one value for each step; NaN for a missing value. */
  readonly values: ArrayLike<number>;
  /** Numbers of the whole series by name, such as a shop's area; all series have the same names. */
  readonly staticNumbers?: Readonly<Record<string, number>>;
  /** Categories of the whole series by name, such as its region; all series have the same names. */
  readonly staticCategories?: Readonly<Record<string, string>>;
  /**
   * Columns [n] by name that are known only up to the newest value, such as visitors; NaN for a missing
   * number.
   */
  readonly past?: Readonly<Record<string, ArrayLike<number>>>;
  /**
   * Columns by name that are known ahead, such as prices, holidays and calendar features. A fit needs at
   * least [n] rows and ignores later ones; a forecast needs at least `[n + horizon]`. NaN for a missing
   * number of an older row.
   */
  readonly known?: Readonly<Record<string, ArrayLike<number>>>;
}

/** A series from its first known value on, with its columns in the order of their names. */
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
