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

/** Throws this package's error. */
export const refuse: Refuse = refuser('cells');

/** Checks options against their table, in this package's name. */
export const checkOptions: OptionsCheck = /* @__PURE__ */ optionsCheckOf(refuse);

/** Checks one value, in this package's name. */
export const checkKind: KindCheck = /* @__PURE__ */ kindCheckOf(refuse);

/** The shared checks, in this package's name. */
export const check: Checks = /* @__PURE__ */ checksOf(refuse);

/** Checks a batch's lengths, in this package's name. */
export const checkLengths: LengthsCheck = /* @__PURE__ */ lengthsCheckOf(refuse);

/** The kind of an optional option that is a function or its name. */
export const functionOr = (names: readonly string[]): `function or '${string}'?` =>
  `function or '${names.join("', '")}'?`;
