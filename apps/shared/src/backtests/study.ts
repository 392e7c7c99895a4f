/**
 * A back-test as a study in a database, with one trial for each fit. Only apps that depend on the forecaster
 * and on sweeps may import this file, because these packages are bundled into the app.
 */
import { createHash } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import { gunzipSync, gzipSync } from 'node:zlib';
import { gridSampler, integer } from '@unrolled/sweeps';

/** The backend of the fits, the same for all workers. */
export type Backend = 'unrolled' | 'cpu';

/** The data that a worker reads in addition to the study's row. */
export interface SharedPlan {
  /** Plain data of a program, with one task for each fit. */
  readonly plan: { readonly tasks: readonly unknown[] };
  readonly backend: Backend;
}

/** The data of a back-test in the study's row. */
export interface BacktestStudy {
  readonly format: 'unrolled-backtest-1';
  /** The name of the program whose fits these are. */
  readonly program: string;
  /** The version of the program. Another version may give other bits. */
  readonly version: string;
  readonly tasks: number;
}

/** The names of the files of a study and of a trial. */
export const PLAN = 'plan';
export const RESULT = 'result';

/** Whether a study is a back-test. */
export const isBacktest = (plan: unknown): plan is BacktestStudy =>
  (Object(plan) as Partial<BacktestStudy>).format === 'unrolled-backtest-1';

/** One trial for each fit, in the order of the plan. */
export const methodsOf = (tasks: number) => ({
  space: { task: integer(0, tasks - 1) },
  sampler: gridSampler(),
});

/** Converts plain data to JSON, with typed arrays as bytes. {@link unpacked} restores the same bits. */
export const packed = (value: unknown): Uint8Array => gzipSync(serialize(value), { level: 1 });
export const unpacked = (bytes: Uint8Array): unknown => deserialize(gunzipSync(bytes));

/** Equal back-tests have equal names, so completed fits are reused. */
export function nameOf(shared: SharedPlan, version: string): string {
  const hash = createHash('sha256').update(serialize(shared)).update(version).digest('hex');
  return `backtest-${hash.slice(0, 16)}`;
}
