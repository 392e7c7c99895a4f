import type { OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions, refuse } from '../refuse';
import type { Activations } from './activations';

export type UnitOrder = 'index' | 'variance' | 'line-position' | 'quotes';

/** A unit with the measure that determined its rank. */
export interface OrderedUnit {
  /** Index of the unit, from 0. */
  readonly unit: number;
  /** Its variance, or its correlation with a property of the text; undefined in the model's order. */
  readonly measure: number | undefined;
}

const KINDS: OptionKinds<Pick<Activations, 'units' | 'values'>> = {
  units: 'positive integer',
  values: 'Float32Array',
};

/** The units in the requested order, with the highest measure first. */
export function orderUnits(
  options: Activations,
  symbols: readonly string[],
  order: UnitOrder,
): OrderedUnit[] {
  checkOptions('orderUnits', options, KINDS, true);
  checkKind('orderUnits', 'symbols', symbols, 'array');
  checkKind('orderUnits', 'order', order, "'index', 'variance', 'line-position' or 'quotes'");
  for (const symbol of symbols) checkKind('orderUnits', 'each symbol', symbol, 'string');
  const { units, values } = options;
  if (values.length !== units * symbols.length) {
    refuse('orderUnits', {
      expected: `${units} values for each of ${symbols.length} symbols`,
      got: String(values.length),
      remedy: 'pass the symbols of the ids that activationsOf read',
    });
  }
  const all = Array.from({ length: units }, (_, unit) => unit);
  if (order === 'index') return all.map((unit) => ({ unit, measure: undefined }));
  const seriesOf = (unit: number) => symbols.map((_, at) => values[at * units + unit]!);
  const feature = order === 'variance' ? undefined : featureOf(order, symbols);
  const measured = all.map((unit) => {
    const series = seriesOf(unit);
    return { unit, measure: feature ? correlation(series, feature) : covariance(series, series) };
  });
  return measured.sort((a, b) => Math.abs(b.measure) - Math.abs(a.measure) || a.unit - b.unit);
}

/** The property of each token as a number. */
function featureOf(order: 'line-position' | 'quotes', symbols: readonly string[]): number[] {
  let place = 0;
  let isQuoted = false;
  return symbols.map((symbol) => {
    if (order === 'line-position') {
      place = symbol.includes('\n') ? 0 : place + Array.from(symbol).length;
      return place;
    }
    if (symbol === '“') isQuoted = true;
    else if (symbol === '”') isQuoted = false;
    else if (symbol === '"') isQuoted = !isQuoted;
    return Number(isQuoted);
  });
}

/** Pearson's correlation; 0 if one of the two is constant. */
export function correlation(a: readonly number[], b: readonly number[]): number {
  const spread = Math.sqrt(covariance(a, a) * covariance(b, b));
  return spread > 0 ? covariance(a, b) / spread : 0;
}

function covariance(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  return mean(a.map((value, at) => (value - meanA) * (b[at]! - meanB)));
}
