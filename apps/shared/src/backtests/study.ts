/**
 * A back-test as a study in a database: its trials are the fits. For the apps that have the forecaster and
 * sweeps; others must not import it, since it would be bundled into them.
 */
import { createHash } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { BacktestPlan } from '@unrolled/forecaster';
import { gridSampler, integer } from '@unrolled/sweeps';

/** The backend of the fits: all workers take the same. */
export type Backend = 'unrolled' | 'cpu';

/** The part of a back-test that a worker gets beside its study's row. */
export interface SharedPlan {
  readonly plan: BacktestPlan;
  readonly backend: Backend;
}

/** What a study of a back-test keeps in its row. */
export interface BacktestStudy {
  readonly format: 'unrolled-backtest-1';
  /** Of the forecaster: another one may have other bits. */
  readonly version: string;
  readonly tasks: number;
}

/** The names of the files of a study and of a trial. */
export const PLAN = 'plan';
export const RESULT = 'result';

/** Whether a study is a back-test's. */
export const isBacktest = (plan: unknown): plan is BacktestStudy =>
  (Object(plan) as Partial<BacktestStudy>).format === 'unrolled-backtest-1';

/** One trial a fit, in the order of the plan. */
export const methodsOf = (tasks: number) => ({
  space: { task: integer(0, tasks - 1) },
  sampler: gridSampler(),
});

/** Plain data with typed arrays as bytes; {@link unpacked} gives the same bits again. */
export const packed = (value: unknown): Uint8Array => gzipSync(serialize(value), { level: 1 });
export const unpacked = (bytes: Uint8Array): unknown => deserialize(gunzipSync(bytes));

/** The same back-test has the same name: what was done of it before counts. */
export function nameOf(shared: SharedPlan, version: string): string {
  const hash = createHash('sha256').update(serialize(shared)).update(version).digest('hex');
  return `backtest-${hash.slice(0, 16)}`;
}
