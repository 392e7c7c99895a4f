import {
  type Complaint,
  type ErrorCode,
  type KindCheck,
  kindCheckOf,
  type OptionsCheck,
  optionsCheckOf,
  type Refuse,
  refuser,
} from '@unrolled/errors';

const refuseIn: Refuse = refuser('safetensors');

/** Checks options against their table, in this package's name. */
export const checkOptions: OptionsCheck = /* @__PURE__ */ optionsCheckOf(refuseIn);

/** Checks one value, in this package's name. */
export const checkKind: KindCheck = /* @__PURE__ */ kindCheckOf(refuseIn);

/** The remedy for a file that violates the format. */
export const DAMAGED = 'write the file again: it is damaged, or was written incorrectly';

/** The function and file that an error names. */
export interface Place {
  /** The public function that was called. */
  readonly scope: string;
  /** The path of the file, if there is one. */
  readonly path?: string;
  /** The default code of these errors; 'format' when a file is read. */
  readonly code?: ErrorCode;
}

/** Throws an UnrolledError for `place`. */
export function refuse(place: Place, complaint: Complaint, cause?: unknown): never {
  const got = place.path === undefined ? complaint.got : `${complaint.got} in ${place.path}`;
  return refuseIn(place.scope, { code: place.code, ...complaint, got }, cause);
}

/** A number of bytes in words. */
export function bytesInWords(count: number | bigint): string {
  return `${count.toLocaleString('en-US')} ${count === 1 || count === 1n ? 'byte' : 'bytes'}`;
}

/** Refuses a big-endian machine, because the typed arrays are views of the file's little-endian bytes. */
export function requireLittleEndian(place: Place): void {
  if (new Uint8Array(new Uint16Array([1]).buffer)[0] === 1) return;
  refuse(place, {
    expected: 'a little-endian machine',
    got: 'a big-endian one',
    remedy: 'use a little-endian machine: this package does not swap bytes',
    code: 'unsupported',
  });
}
