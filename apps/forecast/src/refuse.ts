import { type Refuse, refuser } from '@unrolled/errors';

/** Throws an error about the user's input. `scope` is the option or the command that the user typed. */
export const refuse: Refuse = refuser('forecast');
