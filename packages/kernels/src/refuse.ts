import {
  type Checks,
  checksOf,
  type LengthsCheck,
  lengthsCheckOf,
  type Refuse,
  refuser,
} from '@unrolled/errors';

/** Throws this package's error. */
export const refuse: Refuse = refuser('kernels');

/** The shared checks, in this package's name. */
export const check: Checks = /* @__PURE__ */ checksOf(refuse);

/** The check of a batch's lengths, in this package's name. */
export const checkLengths: LengthsCheck = /* @__PURE__ */ lengthsCheckOf(refuse);
