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
export const refuse: Refuse = refuser('runs');

/** Checks options against their table, in this package's name. */
export const checkOptions: OptionsCheck = /* @__PURE__ */ optionsCheckOf(refuse);

/** Checks one value, in this package's name. */
export const checkKind: KindCheck = /* @__PURE__ */ kindCheckOf(refuse);

/** The kind of an option that has a more specific check of its own, also for a missing value. */
export const CHECKED = 'value?' as string as 'value';

/** The shared checks, in this package's name. */
export const check: Checks = checksOf(refuse);
