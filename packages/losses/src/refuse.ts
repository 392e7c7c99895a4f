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

/** Throws an error of this package. */
export const refuse: Refuse = refuser('losses');

/** Checks options against their table; errors name this package. */
export const checkOptions: OptionsCheck = /* @__PURE__ */ optionsCheckOf(refuse);

/** Checks one value; errors name this package. */
export const checkKind: KindCheck = /* @__PURE__ */ kindCheckOf(refuse);

/** The shared checks; errors name this package. */
export const check: Checks = /* @__PURE__ */ checksOf(refuse);

/**
 * Throws in a second-order gradient of a cross-entropy. Neither the fused kernel nor tfjs's softmax supports
 * it.
 */
export const checkFirstOrder: FirstOrderCheck = /* @__PURE__ */ firstOrderCheckOf(refuse);

/** Checks a batch's lengths; errors name this package. */
export const checkLengths: LengthsCheck = lengthsCheckOf(refuse);
