import { type Panel, type PanelSeries, rowsBefore } from './panel';

/**
 * Maximum distances of a price column from the target, as the natural logarithm of their ratio: the median
 * over the rows, and the 95th percentile. A day's open, high or average is well within these.
 */
const MIDDLE = 0.1;
const NEARLY_ALL = 0.25;

/** With fewer rows, a column is not taken for a price. */
const LEAST_ROWS = 10;

/**
 * The columns in the target's unit. These are the columns with names of prices, and columns with any name
 * whose values stay near the target in the rows before the first cut. So a column is treated equally whether
 * it is called `Open`, `VWAP` or `GOOG.Open`.
 *
 * @param firstCut the place on the time axis where the first test range begins
 */
export function priceColumnsOf(panel: Panel, firstCut: number): readonly string[] {
  const { target, features, priceColumns, series } = panel;
  const near = features.filter(
    (feature) => feature !== target && series.every((one) => staysNear(one, feature, target, firstCut)),
  );
  const all = near.length > 0 ? [...priceColumns, ...near, target] : priceColumns;
  return [...new Set(all)];
}

function staysNear(series: PanelSeries, feature: string, target: string, firstCut: number): boolean {
  const rows = rowsBefore(series, firstCut);
  if (rows < LEAST_ROWS) return false;
  const [values, prices] = [series.columns[feature]!, series.columns[target]!];
  const distances = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const ratio = values[row]! / prices[row]!;
    if (!(values[row]! > 0 && ratio > 0)) return false;
    distances[row] = Math.abs(Math.log(ratio));
  }
  distances.sort();
  return distances[rows >> 1]! <= MIDDLE && distances[Math.floor(0.95 * (rows - 1))]! <= NEARLY_ALL;
}
