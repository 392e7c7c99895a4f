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

/**
 * Throws this package's error. Names of settings are in backticks, `learningRate`, so a command line can
 * replace them by its options.
 */
export const refuse: Refuse = refuser('forecaster');

/** Checks options against their table. Errors have this package's name. */
export const checkOptions: OptionsCheck = /* @__PURE__ */ optionsCheckOf(refuse);

/** Checks one value. Errors have this package's name. */
export const checkKind: KindCheck = /* @__PURE__ */ kindCheckOf(refuse);

/** The shared checks. Errors have this package's name. */
export const check: Checks = checksOf(refuse);
