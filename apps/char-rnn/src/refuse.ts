import { type Refuse, refuser } from '@unrolled/errors';

/** Throws the error of a wrong input, which is printed as one line. `scope` is the option or command. */
export const refuse: Refuse = refuser('char-rnn');
