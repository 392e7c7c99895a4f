import {
  type KindCheck,
  kindCheckOf,
  type OptionsCheck,
  optionsCheckOf,
  type Refuse,
  refuser,
} from '@unrolled/errors';

export const refuse: Refuse = refuser('language-model');

/** The check of options against their table, in this package's name. */
export const checkOptions: OptionsCheck = /* @__PURE__ */ optionsCheckOf(refuse);

/** The check of one value, in this package's name. */
export const checkKind: KindCheck = /* @__PURE__ */ kindCheckOf(refuse);

/**
 * How messages call an option that a caller set, by its name in code: a command line calls `batchSize`
 * `--batch-size`.
 */
export type OptionNaming = (option: string) => string;

/** Options by their names in code. */
export const asInCode: OptionNaming = (option) => option;
