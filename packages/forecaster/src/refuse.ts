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

/** The check of options against their table, in this package's name. */
export const checkOptions: OptionsCheck = /* @__PURE__ */ optionsCheckOf(refuse);

/** The check of one value, in this package's name. */
export const checkKind: KindCheck = /* @__PURE__ */ kindCheckOf(refuse);

/** The shared checks, in this package's name. */
export const check: Checks = checksOf(refuse);
