import { type Refuse, refuser } from '@unrolled/errors';

/** Refuses in the name of what the apps share. */
export const refuse: Refuse = refuser('apps');
