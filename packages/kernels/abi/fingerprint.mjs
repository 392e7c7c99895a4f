import { createHash } from 'node:crypto';
import { CODES } from './codes.mjs';
import { CONSTANTS } from './constants.mjs';
import { RECORDS } from './records.mjs';

/**
 * A number that TypeScript compares with the module's, to detect a module that was built from other
 * declarations.
 */
export function fingerprint() {
  const declared = JSON.stringify([CODES, CONSTANTS, RECORDS]);
  return createHash('sha256').update(declared).digest().readUInt32BE() >>> 1;
}
