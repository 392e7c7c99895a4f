import {
  type Checks,
  checksOf,
  type LengthsCheck,
  lengthsCheckOf,
  type Refuse,
  refuser,
} from '@unrolled/errors';
import { type FirstOrderCheck, firstOrderCheckOf } from '@unrolled/kernels';

/** Throws this package's error. */
export const refuse: Refuse = refuser('losses');

/** The shared checks, in this package's name. */
export const check: Checks = checksOf(refuse);

/** Refuses to compute a cross-entropy inside a gradient's gradient, which neither the fused kernel nor tfjs's softmax has. */
export const checkFirstOrder: FirstOrderCheck = /* @__PURE__ */ firstOrderCheckOf(refuse);

/** The check of a batch's lengths, in this package's name. */
export const checkLengths: LengthsCheck = lengthsCheckOf(refuse);
