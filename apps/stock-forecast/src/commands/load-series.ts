import type { Series } from '@unrolled/forecaster';
import { type DataOptions, loadAll, type Prices, seriesOf } from '../load-prices';

/** Files with the columns that a model needs. */
export interface LoadedSeries {
  readonly prices: Prices[];
  readonly series: Series[];
}

/**
 * Reads files with the columns of a model, all of them complete.
 *
 * @throws UnrolledError for a fault of a file
 */
export async function loadSeries(
  files: readonly string[],
  { target, features }: { readonly target: string; readonly features: readonly string[] },
  options: DataOptions,
): Promise<LoadedSeries> {
  const prices = await loadAll(files, options, [target, ...features]);
  return { prices, series: seriesOf(prices, [target, ...features]) };
}
