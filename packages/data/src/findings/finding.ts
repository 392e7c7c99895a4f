import type { OptionKinds } from '@unrolled/errors';

/** The suspicious properties of a table of prices. */
export type PriceFindingKind =
  | 'no-price'
  | 'price-factor'
  | 'price-level'
  | 'high-below-low'
  | 'repeated-rows'
  | 'unfinished-row'
  | 'leaking-column';

/** Rows of a table of prices that a reader should look at. */
export interface PriceFinding {
  /**
   * - `no-price`: 0, a filler or a turned sign among prices far above 0, as of halted days
   * - `price-factor`: a price, or a few, by a factor too high or too low, and right again after
   * - `price-level`: all prices from a row on by a simple factor higher or lower, as after a split or in
   *   another unit
   * - `high-below-low`: bars whose high is below their low
   * - `repeated-rows`: rows that repeat others, or a price that stays where it never does
   * - `unfinished-row`: a last row whose time or volume says that its period had not ended
   * - `leaking-column`: a column that holds the target's future
   */
  readonly kind: PriceFindingKind;
  /** The first row's line in the file, from 1; for a table without lines its row, from 0. */
  readonly line: number;
  /** The last row's. */
  readonly lastLine: number;
  /** The first of its columns, and all of them. */
  readonly column: string;
  readonly columns: readonly string[];
  /**
   * For `price-factor` and `price-level`: the factor by which the prices are too high (100), or too low
   * (0.01).
   */
  readonly factor?: number;
  /** A sentence that names lines and columns. */
  readonly message: string;
}

/** A table of prices, oldest row first. */
export interface PriceTable {
  /** Columns by name, each [rows]; NaN where there is no number. */
  readonly columns: Readonly<Record<string, ArrayLike<number>>>;
  /** For each row its date as ISO text, ascending. */
  readonly dates?: readonly string[] | undefined;
  /** For each row its line in the file; default the rows are named by their numbers, from 0. */
  readonly lines?: ArrayLike<number> | undefined;
}

export const TABLE_KINDS: OptionKinds<PriceTable> = {
  columns: 'object',
  dates: 'array?',
  lines: 'array or typed array?',
};
