import { createHash } from 'node:crypto';
import { CODES } from './codes.mjs';
import { CONSTANTS } from './constants.mjs';
import { RECORDS } from './records.mjs';

/** A number by which TypeScript knows a module that agrees with it on all that is declared here. */
export function fingerprint() {
  const declared = JSON.stringify([CODES, CONSTANTS, RECORDS]);
  return createHash('sha256').update(declared).digest().readUInt32BE() >>> 1;
}
