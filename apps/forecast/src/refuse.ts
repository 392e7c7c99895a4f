import { type Refuse, refuser } from '@unrolled/errors';

/** Refuses what the user gave, in one line; `scope` is the option or command they typed. */
export const refuse: Refuse = refuser('forecast');
