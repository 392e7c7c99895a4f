import { inWords, type OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions, refuse } from '../refuse';
import { numbersOf } from '../series/numbers-of';

/** One of many series. */
export interface HybridSeries {
  /** Its name, which no other series has. */
  readonly name: string;
  /** [n], oldest first, one value for each step; NaN for a missing value. */
  readonly values: ArrayLike<number>;
  /** The category of the series, such as its region. Either all series have one, or none has. */
  readonly category?: string;
}

const KINDS: OptionKinds<HybridSeries> = {
  name: 'string',
  values: 'array or typed array',
  category: 'string?',
};

/** A series from its first known value on. */
export interface CheckedSeries {
  readonly name: string;
  readonly category: string | undefined;
  readonly values: Float64Array;
}

const FEWEST = 2;
/** Fits sum squares, and the squares of larger values are not finite. */
const LARGEST = 1e150;

/**
 * Refuses an invalid list of series: duplicate names, values that are infinite or beyond ±1e150, series with
 * fewer than two known values, and categories that only some series have or that are not among `categories`.
 */
export function checkHybridSeries(
  scope: string,
  series: readonly HybridSeries[],
  categories?: readonly string[],
): CheckedSeries[] {
  checkKind(scope, 'series', series, 'array');
  if (series.length === 0)
    refuse(scope, { expected: 'at least one series', got: 'none', remedy: 'pass one' });
  const names = new Set<string>();
  return series.map((one, at) => {
    checkOptions(scope, one, KINDS);
    const { name, category } = one;
    if (names.has(name)) {
      refuse(scope, {
        expected: 'a different name for each series',
        got: `'${name}' twice`,
        remedy: 'rename one of the two, or join them',
      });
    }
    names.add(name);
    const wanted = categories ? categories.length > 0 : series[0]!.category !== undefined;
    if (wanted !== (category !== undefined)) {
      const got = `'${name}' ${category === undefined ? 'without' : 'with'} one`;
      refuse(scope, {
        expected: 'a category of all series or of none',
        got,
        remedy: 'pass one for each series, or none',
      });
    }
    if (categories && category !== undefined && !categories.includes(category)) {
      refuse(scope, {
        expected: `a category of the training, ${categories.slice(0, 8).join(', ')}${categories.length > 8 ? ', …' : ''}`,
        got: `'${category}' of series '${name}'`,
        remedy: 'pass a known one, or train again',
      });
    }
    const values = numbersOf(scope, `series '${name}' (${at + 1})`, one.values);
    return { name, category, values: knownPart(scope, name, values, at) };
  });
}

function knownPart(scope: string, name: string, values: Float64Array, at: number): Float64Array {
  const wrong = values.findIndex((value) => Math.abs(value) > LARGEST);
  if (wrong >= 0) {
    const got = `${inWords(values[wrong])} in series '${name}' (${at + 1}), row ${wrong + 1}`;
    refuse(scope, {
      expected: `numbers from −${LARGEST} to ${LARGEST}, or NaN where one is missing`,
      got,
      remedy: 'pass NaN instead, or use a larger unit',
    });
  }
  const known = values.reduce((count, value) => count + Number(!Number.isNaN(value)), 0);
  if (known < FEWEST) {
    const got = `${known} in series '${name}' (${at + 1})`;
    refuse(scope, { expected: `at least ${FEWEST} known values`, got, remedy: 'leave the series out' });
  }
  return values.slice(values.findIndex((value) => !Number.isNaN(value)));
}
