import {
  type KindCheck,
  kindCheckOf,
  type OptionsCheck,
  optionsCheckOf,
  type Refuse,
  refuser,
} from '@unrolled/errors';

/** Throws this package's error. */
export const refuse: Refuse = refuser('interop');

/** Checks options against their table, in this package's name. */
export const checkOptions: OptionsCheck = /* @__PURE__ */ optionsCheckOf(refuse);

/** Checks one value, in this package's name. */
export const checkKind: KindCheck = /* @__PURE__ */ kindCheckOf(refuse);
