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
export const refuse: Refuse = refuser('training');

/** The check of options against their table, in this package's name. */
export const checkOptions: OptionsCheck = /* @__PURE__ */ optionsCheckOf(refuse);

/** The check of one value, in this package's name. */
export const checkKind: KindCheck = /* @__PURE__ */ kindCheckOf(refuse);

/** The shared checks, in this package's name. */
export const check: Checks = checksOf(refuse);

/** The check of a batch's lengths, in this package's name. */
export const checkLengths: LengthsCheck = /* @__PURE__ */ lengthsCheckOf(refuse);

/** The kind of an option whose own check says more than its kind does, also where it is missing. */
export const CHECKED = 'value?' as string as 'value';
