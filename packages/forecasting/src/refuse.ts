import {
  type Checks,
  checksOf,
  inWords,
  type KindCheck,
  kindCheckOf,
  type OptionsCheck,
  optionsCheckOf,
  type Refuse,
  refuser,
} from '@unrolled/errors';

/** Throws this package's error. */
export const refuse: Refuse = refuser('forecasting');

/** The check of options against their table, in this package's name. */
export const checkOptions: OptionsCheck = /* @__PURE__ */ optionsCheckOf(refuse);

/** The check of one value, in this package's name. */
export const checkKind: KindCheck = /* @__PURE__ */ kindCheckOf(refuse);

/** The shared checks, in this package's name. */
export const check: Checks = checksOf(refuse);

/** Refuses a share, a level or a quantile outside (0, 1). */
export function checkShare(scope: string, what: string, value: number): void {
  checkKind(scope, what, value, 'number');
  check.number(scope, what, value, value > 0 && value < 1, 'in (0, 1)');
}

/** Refuses an empty series, and one with a value that is not finite. */
export function checkSeries(scope: string, what: string, values: ArrayLike<number>, least = 1): void {
  checkKind(scope, what, values, 'array or typed array');
  if (values.length < least)
    refuse(scope, {
      expected: `${what} of at least ${least}`,
      got: String(values.length),
      remedy: 'pass a longer series',
    });
  for (let index = 0; index < values.length; index++) {
    if (Number.isFinite(values[index])) continue;
    const got = `${inWords(values[index])} at index ${index}`;
    refuse(scope, {
      expected: `${what} of finite numbers`,
      got,
      remedy: 'fill or leave out what is missing',
    });
  }
}

/** Squares of larger ones, and their sums, are no finite numbers. */
const LARGEST = 1e150;

/** Refuses values whose squares are too large for a computer's numbers, where a fit sums squares. */
export function checkSizes(scope: string, what: string, values: ArrayLike<number>): void {
  for (let index = 0; index < values.length; index++) {
    if (Math.abs(values[index]!) <= LARGEST) continue;
    refuse(scope, {
      expected: `${what} from −${LARGEST} to ${LARGEST}`,
      got: `${values[index]} at index ${index}`,
      remedy: 'pass them in a larger unit',
    });
  }
}

/** Refuses series of different lengths, empty ones, and values that are not finite. */
export function checkPaired(scope: string, series: Readonly<Record<string, ArrayLike<number>>>): void {
  const entries = Object.entries(series);
  for (const [name, values] of entries) checkSeries(scope, name, values);
  const [first, reference] = entries[0]!;
  for (const [name, { length }] of entries) {
    if (length === reference.length) continue;
    refuse(scope, {
      expected: `as many in ${name} as in ${first}, ${reference.length}`,
      got: String(length),
      remedy: 'pass one for each value, in the same order',
    });
  }
}
