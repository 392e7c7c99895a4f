import type { OptionKinds } from '@unrolled/errors';

/** Suspicious properties of a table of prices. */
export type PriceFindingKind =
  | 'no-price'
  | 'price-factor'
  | 'price-level'
  | 'high-below-low'
  | 'repeated-rows'
  | 'unfinished-row'
  | 'leaking-column';

/** Rows of a price table that should be checked. */
export interface PriceFinding {
  /**
   * - `no-price`: 0, a filler or a wrong sign among prices far above 0, as on days without trading
   * - `price-factor`: one or a few prices that are too high or too low by a factor, followed by correct ones
   * - `price-level`: all prices from a row on changed by a simple factor, as after a split or a change of
   *   unit
   * - `high-below-low`: bars whose high is below their low
   * - `repeated-rows`: rows that repeat others, or a price that stays constant unusually long
   * - `unfinished-row`: a last row whose time or volume shows that its period had not ended
   * - `leaking-column`: a column that contains the target's future
   */
  readonly kind: PriceFindingKind;
  /** The line of the first row in the file, from 1; for a table without lines the row, from 0. */
  readonly line: number;
  /** The last row's. */
  readonly lastLine: number;
  /** The first affected column, and all of them. */
  readonly column: string;
  readonly columns: readonly string[];
  /**
   * For `price-factor` and `price-level`: the factor by which the prices are too high (100) or too low
   * (0.01).
   */
  readonly factor?: number;
  /** A sentence that names lines and columns. */
  readonly message: string;
}

/** A price table, oldest row first. */
export interface PriceTable {
  /** Columns by name, each [rows]; NaN for a missing number. */
  readonly columns: Readonly<Record<string, ArrayLike<number>>>;
  /** The date of each row as ISO text, ascending. */
  readonly dates?: readonly string[] | undefined;
  /** The line of each row in the file; by default rows are named by number, from 0. */
  readonly lines?: ArrayLike<number> | undefined;
}

export const TABLE_KINDS: OptionKinds<PriceTable> = {
  columns: 'object',
  dates: 'array?',
  lines: 'array or typed array?',
};
