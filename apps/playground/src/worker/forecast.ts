/**
 * The forecaster for a CSV of prices: fitted to the older rows, tested on the newer ones. It is loaded on
 * first use.
 */
import { priceColumns, readCsv } from '@unrolled/data';
import { fitForecaster } from '@unrolled/forecaster';
import type { Forecast } from '../messages';

/** Maximum number of rows, the newest, for fitting and testing a network. */
const MOST_ROWS = 1_500;
/** Number of forecast rows that are drawn. */
const DRAWN = 120;
const LEVEL = 0.9;

/**
 * @param csv a file with a column of prices, and optionally dates
 * @throws UnrolledError if it is not a CSV of numbers, or too short
 */
export async function forecastOf(csv: string): Promise<Forecast> {
  const file = readCsv(csv, { missing: 'drop-rows', duplicates: 'keep-last' });
  const { close, adjustedClose } = priceColumns(file);
  const column = close ?? adjustedClose ?? file.columns[0]!;
  const skipped = Math.max(0, file.rowCount - MOST_ROWS);
  const prices = file.column(column).slice(skipped);
  const dates = file.dates?.slice(skipped);
  const table = { name: column, ...(dates && { dates }), columns: { [column]: prices } };
  const fitted = await fitForecaster(table, { target: column, trainShare: 0.7, level: LEVEL });
  const [outcome] = fitted.test!.outcomes;
  const { metrics, dieboldMariano } = fitted.test!.evaluation;
  const [next] = fitted.forecast(table);
  const { rows, truth, forecasts, intervals } = outcome!;
  const from = Math.max(0, rows.length - DRAWN);
  const tested = Array.from({ length: rows.length - from }, (_, n) => {
    const at = from + n;
    // The first forecasts have no interval, because there are too few errors to calibrate it.
    const place = at - (intervals?.from ?? 0);
    const [low, high] = [intervals?.lower[place] ?? Number.NaN, intervals?.upper[place] ?? Number.NaN];
    return { row: rows[at]!, price: truth[at]!, forecast: forecasts.model[at]!, low, high };
  });
  const row = next!.rows[0]!;
  return {
    ...{ column, rows: file.rowCount, level: LEVEL, tested },
    dates: tested.map(({ row: at }) => dates?.[at]),
    errors: { network: metrics.model.mae, naive: metrics.naive.mae },
    verdict: dieboldMariano?.baselines.naive.verdict,
    next: { forecast: row.forecast, low: row.lower, high: row.upper, date: row.date },
  };
}
