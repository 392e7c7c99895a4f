import {
  type Checks,
  checksOf,
  type KindCheck,
  kindCheckOf,
  type LengthsCheck,
  lengthsCheckOf,
  type OptionsCheck,
  optionsCheckOf,
  type Refuse,
  refuser,
} from '@unrolled/errors';

/** Throws an error of this package. */
export const refuse: Refuse = refuser('kernels');

/** Checks options against their table; errors name this package. */
export const checkOptions: OptionsCheck = /* @__PURE__ */ optionsCheckOf(refuse);

/** Checks one value; errors name this package. */
export const checkKind: KindCheck = /* @__PURE__ */ kindCheckOf(refuse);

/** The shared checks; errors name this package. */
export const check: Checks = /* @__PURE__ */ checksOf(refuse);

/** Checks a batch's lengths; errors name this package. */
export const checkLengths: LengthsCheck = /* @__PURE__ */ lengthsCheckOf(refuse);
