import { type Refuse, refuser } from '@unrolled/errors';

/** Throws this package's error. */
export const refuse: Refuse = refuser('example-data');
