import type { OptionKinds } from '@unrolled/errors';
import { allocate, check, checkFlat, checkKind, checkOptions, refuse } from '../refuse';

/** Windows of past rows and the values that followed each: many to one, or many to a horizon. */
export interface ForecastWindows {
  readonly count: number;
  readonly window: number;
  readonly features: number;
  readonly horizon: number;
  /** [count, window, features], row-major */
  readonly inputs: Float32Array;
  /** `[count, horizon]`: the target column of the rows after the window */
  readonly targets: Float32Array;
  /**
   * The row of each window's first target; all inputs are before it. The first n windows use, including
   * targets, the rows before targetRows[n − 1] + horizon. A scaler may be fitted to these.
   */
  readonly targetRows: Int32Array;
}

export interface ForecastWindowsOptions {
  /** Number of columns of a row. */
  readonly features: number;
  /** Number of rows that the model reads. */
  readonly window: number;
  /** Number of rows that it forecasts; default 1. */
  readonly horizon?: number;
  /** The column to forecast, 0 … features − 1. */
  readonly targetColumn: number;
  /** Rows between the starts of consecutive windows; default 1. */
  readonly stride?: number;
}

const KINDS: OptionKinds<ForecastWindowsOptions> = {
  features: 'number',
  window: 'number',
  horizon: 'number?',
  targetColumn: 'integer of at least 0',
  stride: 'number?',
};

/**
 * Every window with a complete horizon, oldest first: R rows give ⌊(R − window − horizon) / stride⌋ + 1
 * windows.
 *
 * @param values [R, features], row-major, oldest row first
 * @throws UnrolledError if there are fewer rows than window + horizon, or a value is not finite
 */
export function forecastWindows(values: ArrayLike<number>, options: ForecastWindowsOptions): ForecastWindows {
  checkKind('forecastWindows', 'values', values, 'array or typed array');
  checkFlat('forecastWindows', values);
  checkOptions('forecastWindows', options, KINDS);
  const { features, window, horizon = 1, targetColumn, stride = 1 } = options;
  for (const [what, value] of Object.entries({ features, window, horizon, stride })) {
    check.count('forecastWindows', what, value);
  }
  const rows = values.length / features;
  if (!Number.isInteger(rows) || targetColumn >= features) {
    refuse('forecastWindows', {
      expected: `whole rows of ${features} columns, and a target column in 0 … ${features - 1}`,
      got: `${values.length} numbers, target column ${targetColumn}`,
      remedy: 'pass the table row by row, and its number of columns as features',
    });
  }
  if (rows < window + horizon) {
    refuse('forecastWindows', {
      expected: `at least ${window + horizon} rows for a window of ${window} and a horizon of ${horizon}`,
      got: String(rows),
      remedy: 'reduce the window or the horizon, or pass more rows',
    });
  }
  checkFinite(values, features);
  const count = Math.floor((rows - window - horizon) / stride) + 1;
  const inputs = allocate('forecastWindows', Float32Array, count * window * features);
  const targets = allocate('forecastWindows', Float32Array, count * horizon);
  const targetRows = new Int32Array(count);
  for (let index = 0; index < count; index++) {
    const start = index * stride;
    targetRows[index] = start + window;
    for (let i = 0; i < window * features; i++) {
      inputs[index * window * features + i] = values[start * features + i]!;
    }
    for (let ahead = 0; ahead < horizon; ahead++) {
      targets[index * horizon + ahead] = values[(start + window + ahead) * features + targetColumn]!;
    }
  }
  return { count, window, features, horizon, inputs, targets, targetRows };
}

function checkFinite(values: ArrayLike<number>, features: number): void {
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    refuse('forecastWindows', {
      expected: 'finite numbers',
      got: `${values[i]} at row ${Math.floor(i / features)}, column ${i % features}`,
      remedy: 'fill in missing values, or drop the rows that have them',
    });
  }
}
