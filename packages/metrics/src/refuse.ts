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
export const refuse: Refuse = refuser('metrics');

/** Checks options against their table, in this package's name. */
export const checkOptions: OptionsCheck = /* @__PURE__ */ optionsCheckOf(refuse);

/** Checks one value, in this package's name. */
export const checkKind: KindCheck = /* @__PURE__ */ kindCheckOf(refuse);

/** The shared checks, in this package's name. */
export const check: Checks = /* @__PURE__ */ checksOf(refuse);

/** Refuses a value that is not an array or typed array, or is empty. */
export function checkRows(scope: string, what: string, values: ArrayLike<unknown>): void {
  checkKind(scope, what, values, 'array or typed array');
  if (values.length === 0) {
    refuse(scope, {
      expected: `${what} of at least one entry`,
      got: '0',
      remedy: 'pass at least one example: the mean of none is undefined',
    });
  }
}

/** Refuses lists that are not arrays, are empty, or differ in length. */
export function checkPaired(
  scope: string,
  [first, a]: readonly [string, ArrayLike<unknown>],
  [second, b]: readonly [string, ArrayLike<unknown>],
): void {
  checkRows(scope, first, a);
  checkRows(scope, second, b);
  if (a.length === b.length) return;
  refuse(scope, {
    expected: `as many entries in ${second} as in ${first}, ${a.length}`,
    got: String(b.length),
    remedy: 'pass both in the same order, with one entry for each example',
  });
}

/** Refuses a value that is not a string. */
export function checkText(scope: string, what: string, value: unknown): asserts value is string {
  if (typeof value === 'string') return;
  refuse(scope, {
    expected: `${what} to be a text`,
    got: inWords(value),
    remedy: 'decode ids to text first',
  });
}
