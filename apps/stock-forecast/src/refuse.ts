import { type Refuse, refuser } from '@unrolled/errors';

/** Throws the error of a wrong input, in one line; `scope` is the option or command they typed. */
export const refuse: Refuse = refuser('stock-forecast');
