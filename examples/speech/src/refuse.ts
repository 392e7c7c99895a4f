import { type Refuse, refuser } from '@unrolled/errors';

/** Throws the error of a wrong input, in one line. */
export const refuse: Refuse = refuser('speech');
