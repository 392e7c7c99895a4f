import { type Checks, checksOf, type Refuse, refuser } from '@unrolled/errors';

/**
 * Throws this package's error. Names of settings stand in backticks in its sentences, `learningRate`, so that
 * a command line can put its options in their place.
 */
export const refuse: Refuse = refuser('forecaster');

/** The shared checks, in this package's name. */
export const check: Checks = checksOf(refuse);
