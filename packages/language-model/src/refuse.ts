import {
  type KindCheck,
  kindCheckOf,
  type OptionsCheck,
  optionsCheckOf,
  type Refuse,
  refuser,
} from '@unrolled/errors';

export const refuse: Refuse = refuser('language-model');

/** Checks options against their table, in this package's name. */
export const checkOptions: OptionsCheck = /* @__PURE__ */ optionsCheckOf(refuse);

/** Checks one value, in this package's name. */
export const checkKind: KindCheck = /* @__PURE__ */ kindCheckOf(refuse);

/**
 * Returns the name of an option for messages, from its name in code. A command line calls `batchSize`
 * `--batch-size`.
 */
export type OptionNaming = (option: string) => string;

/** Names options as in code. */
export const asInCode: OptionNaming = (option) => option;
