import { type Refuse, refuser } from '@unrolled/errors';

/** Throws the error of a wrong input, which is printed as one line. */
export const refuse: Refuse = refuser('sweep');
