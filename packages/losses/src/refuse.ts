import { type LengthsCheck, lengthsCheckOf, type Refuse, refuser } from '@unrolled/errors';

/** Throws this package's error. */
export const refuse: Refuse = refuser('losses');

/** The check of a batch's lengths, in this package's name. */
export const checkLengths: LengthsCheck = lengthsCheckOf(refuse);
