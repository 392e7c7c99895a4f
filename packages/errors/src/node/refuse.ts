import { type KindCheck, kindCheckOf } from '../options';
import { refuser } from '../unrolled-error';

/** Checks one value, in this package's name. */
export const checkKind: KindCheck = /* @__PURE__ */ kindCheckOf(refuser('errors'));
