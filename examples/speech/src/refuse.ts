import { type Refuse, refuser } from '@unrolled/errors';

/** Refuses what the user gave, in one line. */
export const refuse: Refuse = refuser('speech');
