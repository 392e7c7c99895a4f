export { type Checks, checksOf } from './checks';
export { type Complaint, type ErrorCode, type Refuse, refuser, UnrolledError } from './unrolled-error';
export { cut, inWords, listed, quoted, visible } from './words';
