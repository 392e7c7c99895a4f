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
export const refuse: Refuse = refuser('data');

/** Checks options against their table, in this package's name. */
export const checkOptions: OptionsCheck = /* @__PURE__ */ optionsCheckOf(refuse);

/** Checks one value, in this package's name. */
export const checkKind: KindCheck = /* @__PURE__ */ kindCheckOf(refuse);

/** The shared checks, in this package's name. */
export const check: Checks = checksOf(refuse);

/** Creates a typed array, or refuses a size that is too large. */
export function allocate<A>(scope: string, type: new (length: number) => A, length: number): A {
  try {
    return new type(length);
  } catch (cause) {
    refuse(
      scope,
      {
        expected: 'a result that fits in memory',
        got: `a size of ${length} numbers`,
        remedy: 'process the data in smaller parts',
      },
      cause,
    );
  }
}

/** Refuses rows in arrays of their own. */
export function checkFlat(scope: string, values: ArrayLike<number>): void {
  const first: unknown = values[0];
  if (!Array.isArray(first) && !ArrayBuffer.isView(first)) return;
  refuse(scope, {
    expected: 'the numbers of all rows in one array',
    got: 'an array of arrays',
    remedy: 'pass rows.flat(), or for typed arrays rows.flatMap((row) => [...row])',
  });
}
