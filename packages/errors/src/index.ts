export { type Checks, checksOf, type LengthsCheck, lengthsCheckOf } from './checks';
export {
  type Kind,
  type KindCheck,
  kindCheckOf,
  type OptionKinds,
  type OptionsCheck,
  optionsCheckOf,
} from './options';
export { type Complaint, type ErrorCode, type Refuse, refuser, UnrolledError } from './unrolled-error';
export { cut, inWords, listed, quoted, visible } from './words';
