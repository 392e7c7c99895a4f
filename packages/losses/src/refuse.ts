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
import { type FirstOrderCheck, firstOrderCheckOf } from '@unrolled/kernels';

/** Throws this package's error. */
export const refuse: Refuse = refuser('losses');

/** Checks options against their table, in this package's name. */
export const checkOptions: OptionsCheck = /* @__PURE__ */ optionsCheckOf(refuse);

/** Checks one value, in this package's name. */
export const checkKind: KindCheck = /* @__PURE__ */ kindCheckOf(refuse);

/** The shared checks, in this package's name. */
export const check: Checks = /* @__PURE__ */ checksOf(refuse);

/**
 * Refuses a second-order gradient of a cross-entropy, which neither the fused kernel nor tfjs's softmax has.
 */
export const checkFirstOrder: FirstOrderCheck = /* @__PURE__ */ firstOrderCheckOf(refuse);

/** Checks a batch's lengths, in this package's name. */
export const checkLengths: LengthsCheck = lengthsCheckOf(refuse);
