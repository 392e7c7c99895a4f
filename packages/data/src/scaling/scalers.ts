/**
 * Scalers work column by column on row-major tables and never change their input. A fitted scaler is a plain
 * record. It can be saved and compared, and a test can verify that it did not see the test rows.
 */
import { inWords, type OptionKinds } from '@unrolled/errors';
import { checkFlat, checkKind, checkOptions, refuse } from '../refuse';

/** The numbers of one column: scaled = (x − offset) / scale. */
export interface ColumnScale {
  readonly offset: number;
  readonly scale: number;
}

/** The fitted values of a scaler; plain JSON. */
export interface ScalerJson {
  readonly kind: 'min-max' | 'standard' | 'robust';
  readonly columns: readonly ColumnScale[];
}

/** A fitted scaler. */
export interface Scaler {
  readonly kind: ScalerJson['kind'];
  readonly columns: readonly ColumnScale[];
  /** (x − offset) / scale in every column: [rows, columns] → the same shape, float64. */
  transform(values: ArrayLike<number>): Float64Array;
  /** The inverse of `transform`. */
  inverse(values: ArrayLike<number>): Float64Array;
  /** The inverse for numbers of a single column. */
  inverseColumn(values: ArrayLike<number>, column: number): Float64Array;
  toJSON(): ScalerJson;
}

const MIN_MAX_KINDS: OptionKinds<{ readonly columns: number; readonly epsilon?: number }> = {
  columns: 'positive integer',
  epsilon: 'number?',
};

/**
 * Scales each column to [0, 1] by its minimum and maximum: (x − min) / (max − min + epsilon). A constant
 * column becomes 0, and the inverse restores it. Values outside the fitted range fall outside [0, 1]; they
 * are not clipped. The RNN lab uses epsilon 1e-7.
 *
 * @param values [rows, columns], row-major: the rows to fit to
 * @param options `epsilon`: added to every range; default 0
 * @throws UnrolledError if there are no whole rows, or a value is not finite
 */
export function fitMinMaxScaler(
  values: ArrayLike<number>,
  options: { readonly columns: number; readonly epsilon?: number },
): Scaler {
  checkOptions('fitMinMaxScaler', options, MIN_MAX_KINDS);
  const { columns, epsilon = 0 } = options;
  if (!(Number.isFinite(epsilon) && epsilon >= 0)) {
    refuse('fitMinMaxScaler', {
      expected: 'an epsilon of at least 0',
      got: String(epsilon),
      remedy: 'omit epsilon to use the default',
    });
  }
  return scaler(
    'min-max',
    fitColumns('fitMinMaxScaler', values, columns, (column) => {
      let least = Number.POSITIVE_INFINITY;
      let most = Number.NEGATIVE_INFINITY;
      for (const value of column) {
        least = Math.min(least, value);
        most = Math.max(most, value);
      }
      return { offset: least, scale: most - least + epsilon || 1 };
    }),
  );
}

const COLUMNS: OptionKinds<{ readonly columns: number }> = {
  columns: 'positive integer',
};

/**
 * Scales each column to mean 0 and standard deviation 1 (of the population, divided by n). A constant column
 * becomes 0.
 *
 * @param values [rows, columns], row-major: the rows to fit to
 * @throws UnrolledError if there are no whole rows, or a value is not finite
 */
export function fitStandardScaler(values: ArrayLike<number>, options: { readonly columns: number }): Scaler {
  checkOptions('fitStandardScaler', options, COLUMNS);
  const { columns } = options;
  return scaler(
    'standard',
    fitColumns('fitStandardScaler', values, columns, (column) => {
      // Rounding could give equal values a mean slightly different from them, and a deviation that is not
      // exactly 0.
      if (column.every((value) => value === column[0])) return { offset: column[0]!, scale: 1 };
      const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
      const variance = column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length;
      return { offset: mean, scale: Math.sqrt(variance) || 1 };
    }),
  );
}

/**
 * Scales each column to median 0 and interquartile range 1: (x − median) / (q₇₅ − q₂₅), with linearly
 * interpolated quartiles, as scikit-learn's RobustScaler. A few extreme values change it little. A column
 * whose middle half is constant, except for rounding, is divided by 1.
 *
 * @param values [rows, columns], row-major: the rows to fit to
 * @throws UnrolledError if there are no whole rows, or a value is not finite
 */
export function fitRobustScaler(values: ArrayLike<number>, options: { readonly columns: number }): Scaler {
  checkOptions('fitRobustScaler', options, COLUMNS);
  const { columns } = options;
  return scaler(
    'robust',
    fitColumns('fitRobustScaler', values, columns, (column) => {
      const sorted = column.toSorted();
      const median = quantile(sorted, 0.5);
      const range = quantile(sorted, 0.75) - quantile(sorted, 0.25);
      const farthest = Math.max(median - sorted[0]!, sorted.at(-1)! - median);
      return { offset: median, scale: range > Number.EPSILON * farthest ? range : 1 };
    }),
  );
}

/**
 * Quantile of sorted values, interpolated between two neighbours (Hyndman and Fan's type 7, NumPy's default).
 */
function quantile(sorted: Float64Array, share: number): number {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)]!;
  return below + (sorted[Math.ceil(place)]! - below) * (place % 1);
}

/**
 * Restores a scaler from the result of `toJSON`.
 *
 * @throws UnrolledError if the object is not one
 */
export function scalerFromJSON(json: unknown): Scaler {
  const { kind, columns } = (json ?? {}) as Partial<ScalerJson>;
  const known = kind === 'min-max' || kind === 'standard' || kind === 'robust';
  const sound = (column: ColumnScale) =>
    Number.isFinite(column?.offset) && Number.isFinite(column?.scale) && column.scale !== 0;
  if (!known || !Array.isArray(columns) || columns.length === 0 || !columns.every(sound)) {
    refuse('scalerFromJSON', {
      expected:
        "a scaler with kind 'min-max', 'standard' or 'robust', and columns that each have an offset and a scale",
      got: inWords(json),
      remedy: 'pass the object that toJSON returned',
    });
  }
  return scaler(kind, columns);
}

function scaler(kind: ScalerJson['kind'], fitted: readonly ColumnScale[]): Scaler {
  // JSON has no −0, and −0 + 0 is 0.
  const columns = fitted.map(({ offset, scale }) => Object.freeze({ offset: offset + 0, scale }));
  if (!columns.every(({ scale }) => Number.isFinite(scale))) {
    refuse('fit', {
      expected: 'columns whose range (maximum − minimum) fits in a double',
      got: 'a wider range',
      remedy: 'divide all values by a constant first',
    });
  }
  const eachCell = (
    scope: string,
    values: ArrayLike<number>,
    change: (value: number, column: ColumnScale) => number,
  ) => {
    checkRows(scope, values, columns.length);
    return Float64Array.from(values, (value, i) => {
      if (typeof value !== 'number') checkKind(scope, `the value at ${i}`, value, 'number');
      return change(value, columns[i % columns.length]!);
    });
  };
  return {
    kind,
    columns,
    transform: (values) =>
      eachCell('transform', values, (value, { offset, scale }) => (value - offset) / scale),
    inverse: (values) => eachCell('inverse', values, (value, { offset, scale }) => value * scale + offset),
    inverseColumn: (values, column) => {
      const { offset, scale } =
        (typeof column === 'number' ? columns[column] : undefined) ??
        refuse('inverseColumn', {
          expected: `a column in 0 … ${columns.length - 1}`,
          got: inWords(column),
          remedy: 'count columns from 0',
        });
      checkKind('inverseColumn', 'values', values, 'array or typed array');
      return Float64Array.from(values, (value) => {
        if (typeof value !== 'number') checkKind('inverseColumn', 'each value', value, 'number');
        return value * scale + offset;
      });
    },
    toJSON: () => ({ kind, columns: columns.map((column) => ({ ...column })) }),
  };
}

function fitColumns(
  scope: string,
  values: ArrayLike<number>,
  columns: number,
  fit: (column: Float64Array) => ColumnScale,
): ColumnScale[] {
  checkRows(scope, values, columns);
  if (values.length === 0)
    refuse(scope, {
      expected: 'at least one row',
      got: 'none',
      remedy: 'pass the rows of the training data',
    });
  const rows = values.length / columns;
  return Array.from({ length: columns }, (_, column) =>
    fit(
      Float64Array.from({ length: rows }, (_, row) => {
        const value = values[row * columns + column]!;
        if (!Number.isFinite(value)) {
          const got = `${value} at row ${row}, column ${column}`;
          refuse(scope, {
            expected: 'finite numbers',
            got,
            remedy: 'fill in missing values, or drop the rows that have them',
          });
        }
        return value;
      }),
    ),
  );
}

function checkRows(scope: string, values: ArrayLike<number>, columns: number): void {
  checkKind(scope, 'values', values, 'array or typed array');
  checkFlat(scope, values);
  if (values.length % columns !== 0) {
    refuse(scope, {
      expected: `whole rows of ${columns} columns`,
      got: `${values.length} numbers`,
      remedy: 'pass the table row by row, with as many columns as the scaler',
    });
  }
}
