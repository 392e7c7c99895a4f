export { type Checks, checksOf, type LengthsCheck, lengthsCheckOf } from './checks';
export { type Complaint, type ErrorCode, type Refuse, refuser, UnrolledError } from './unrolled-error';
export { cut, inWords, listed, quoted, visible } from './words';
