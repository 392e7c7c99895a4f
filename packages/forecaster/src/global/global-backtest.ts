import type { CollectionFold } from '../collection/backtest';
import type { CollectionEvaluation } from '../collection/evaluation';
import { refuse } from '../refuse';
import type { GlobalForecast } from './global-forecaster';
import type { GlobalSeries } from './global-series';
import type { GlobalSettings } from './global-settings';

export type GlobalEvaluation = CollectionEvaluation;
export type GlobalFold = CollectionFold<GlobalForecast>;

/** Walks forward, as `backtestHybrid` does. */
export async function backtestGlobal(
  _series: readonly GlobalSeries[],
  _settings: GlobalSettings,
  _folds = 1,
): Promise<{ evaluation: GlobalEvaluation; folds: GlobalFold[] }> {
  return refuse('backtestGlobal', { expected: 'a later version', got: 'this one', remedy: 'wait' });
}
