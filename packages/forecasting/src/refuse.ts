import {
  type Checks,
  checksOf,
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
  if (!(value > 0 && value < 1)) {
    refuse(scope, { expected: `${what} in (0, 1)`, got: String(value) });
  }
}

/** Refuses an empty series, and one with a value that is not finite. */
export function checkSeries(scope: string, what: string, values: ArrayLike<number>, least = 1): void {
  if (!(values?.length >= least)) {
    refuse(scope, { expected: `${what} of at least ${least}`, got: String(values?.length ?? values) });
  }
  for (let index = 0; index < values.length; index++) {
    if (Number.isFinite(values[index])) continue;
    refuse(scope, { expected: `${what} of finite numbers`, got: `${values[index]} at index ${index}` });
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
    });
  }
}
