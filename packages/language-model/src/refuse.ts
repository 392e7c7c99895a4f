import { type Refuse, refuser } from '@unrolled/errors';

export const refuse: Refuse = refuser('language-model');

/**
 * How messages call an option that a caller set, by its name in code: a command line calls `batchSize` `--batch-size`.
 */
export type OptionNaming = (option: string) => string;

/** Options by their names in code. */
export const asInCode: OptionNaming = (option) => option;
