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

/** The remedy for a file that violates its format. */
export const DAMAGED = 'the file is damaged, or another program wrote it incorrectly: write it again';

/** The source of an error. */
export interface Place {
  /** The public function called. */
  readonly scope: string;
  /** The file's path when there is one. */
  readonly path?: string;
  /** The default code of these errors: 'format' when a file is read. */
  readonly code?: ErrorCode;
}

/** Throws an UnrolledError for `place`. */
export function refuse(place: Place, complaint: Complaint, cause?: unknown): never {
  const got = place.path === undefined ? complaint.got : `${complaint.got} in ${place.path}`;
  return refuseIn(place.scope, { code: place.code, ...complaint, got }, cause);
}

/** A number of bytes as text. */
export function bytesInWords(count: number | bigint): string {
  return `${count.toLocaleString('en-US')} ${count === 1 || count === 1n ? 'byte' : 'bytes'}`;
}

/**
 * This package's typed arrays are views of the file's little-endian bytes; a big-endian machine gets an
 * error.
 */
export function requireLittleEndian(place: Place): void {
  if (new Uint8Array(new Uint16Array([1]).buffer)[0] === 1) return;
  refuse(place, {
    expected: 'a little-endian machine',
    got: 'a big-endian one',
    remedy: 'the format is little-endian and this package does not swap bytes',
    code: 'unsupported',
  });
}
