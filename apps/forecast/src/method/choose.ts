import { calendarFeatures, type Frequency } from '@unrolled/forecasting';
import { type Input, type InputSeries, placeOf } from '../read/input';
import { refuse } from '../refuse';
import type { MethodName, ModelSeries } from './method';

/** The chosen method, its description, and the reason for the choice as a sentence. */
export interface ChosenMethod {
  readonly name: MethodName;
  readonly what: string;
  readonly why: string;
}

const WHAT: Readonly<Record<MethodName, string>> = {
  hybrid: 'exponential smoothing, weighted and corrected by a recurrent network (hybrid)',
  global: 'one recurrent network that forecasts a distribution (global)',
};

const as = (name: MethodName, reason: string): ChosenMethod => ({
  ...{ name, what: WHAT[name], why: `${WHAT[name]}${reason}` },
});

/**
 * The hybrid for series without other columns, the global model for series with columns, or the requested
 * method.
 */
export function chooseMethod(asked: MethodName | undefined, { series }: Pick<Input, 'series'>): ChosenMethod {
  const [first] = series as [InputSeries];
  const columns = [
    ...Object.keys({ ...first.known, ...first.past }),
    ...Object.keys({ ...first.staticNumbers, ...first.staticCategories }),
  ];
  if (asked === 'hybrid' && columns.length > 0) {
    return refuse('--method', {
      expected: `global for the columns ${columns.join(', ')}`,
      got: 'hybrid, which reads the series alone',
      remedy: 'leave --method out, or --known, --past and --static',
    });
  }
  if (asked) return as(asked, ', as requested');
  return columns.length > 0
    ? as('global', `: it reads ${columns.join(', ')}`)
    : as('hybrid', ': the default for series without other columns');
}

export interface ModelSeriesOptions {
  readonly method: MethodName;
  readonly frequency: Frequency | undefined;
  readonly horizon: number;
  readonly holidays: readonly string[] | undefined;
}

/** Series in the method's form: the global model also gets calendar features. */
export function modelSeriesOf(
  series: readonly InputSeries[],
  { method, frequency, horizon, holidays }: ModelSeriesOptions,
): ModelSeries[] {
  if (holidays && (method === 'hybrid' || !frequency)) {
    refuse('--holidays', {
      expected: method === 'hybrid' ? 'the global model' : 'files with dates',
      got: method === 'hybrid' ? 'the hybrid, which reads the series alone' : 'none',
      remedy: method === 'hybrid' ? 'add --method global' : 'name the column of dates (--date)',
    });
  }
  return series.map((one) => {
    const { name, values, past, staticNumbers, staticCategories } = one;
    const known =
      method === 'global' && frequency
        ? { ...one.known, ...calendarOf(one, frequency, horizon, holidays) }
        : one.known;
    return { name, values, past, staticNumbers, staticCategories, known };
  });
}

function calendarOf(
  { dates, dateAhead }: InputSeries,
  frequency: Frequency,
  horizon: number,
  holidays: readonly string[] | undefined,
): Record<string, Float64Array> {
  const ahead = Array.from({ length: horizon }, (_, at) => dateAhead!(at + 1));
  const options = { frequency, ...(holidays && { holidays }) };
  const features = calendarFeatures([...dates!, ...ahead], options);
  return Object.fromEntries(features.map(({ name, values }) => [`calendar: ${name}`, values]));
}

/**
 * Checks that the known columns have values for the whole horizon.
 *
 * @param isTrained whether the horizon and the columns are those of a saved model, which an option cannot
 *   change
 * @throws UnrolledError naming file, series, column and the first step without a value
 */
export function checkKnownAhead(
  series: readonly InputSeries[],
  horizon: number,
  { isTrained = false }: { isTrained?: boolean } = {},
): void {
  const rows = 'add rows without a target, or a file of them (--future FILE)';
  for (const one of series) {
    for (const [column, cells] of Object.entries(one.known)) {
      for (let ahead = 1; ahead <= horizon; ahead++) {
        const cell = cells[one.values.length - 1 + ahead];
        if (cell !== undefined && !Number.isNaN(cell)) continue;
        const last = one.lines.at(-1)!;
        const where = one.dateAhead ? one.dateAhead(ahead) : `row ${one.values.length + ahead}`;
        refuse('--known', {
          expected: `values of '${column}' for ${horizon} steps after line ${last} of ${placeOf(one)}`,
          got: `none for ${where}, step ${ahead}`,
          remedy: isTrained ? rows : `${rows}, lower --horizon, or name it in --past`,
        });
      }
    }
  }
}
