import { type Checks, checksOf, type Refuse, refuser } from '@unrolled/errors';

/** Throws this package's error. */
export const refuse: Refuse = refuser('runs');

/** The shared checks, in this package's name. */
export const check: Checks = checksOf(refuse);
