/**
 * A CRC-32 of the whole file, header included, stored as a string in the file's `__metadata__`. The eight
 * digits of the checksum count as zeros. Other readers treat it as ordinary metadata.
 */
import crc32 from 'crc-32';
import { type Place, refuse } from './refuse';

/** The key in `__metadata__`. */
export const CHECKSUM_KEY = 'unrolled.crc32';
export const NO_CHECKSUM = '00000000';

/**
 * Computes the checksum of a file's parts, header first, and writes it into the header, which contains
 * {@link NO_CHECKSUM}.
 */
export function seal(parts: readonly Uint8Array[]): void {
  const [header] = parts as [Uint8Array];
  header.set(new TextEncoder().encode(checksumOf(parts)), placeIn(header)!.start);
}

/**
 * Compares a file with the checksum in its header.
 *
 * @param file the parts of the file, in order
 * @param header the part that contains the header's text
 * @throws UnrolledError if the checksums differ
 */
export function checkSeal(file: readonly Uint8Array[], header: Uint8Array, place: Place): void {
  const found = placeIn(header);
  const parts = found
    ? file.flatMap((part) => {
        if (part !== header) return [part];
        const end = found.start + NO_CHECKSUM.length;
        return [header.subarray(0, found.start), new TextEncoder().encode(NO_CHECKSUM), header.subarray(end)];
      })
    : file;
  const actual = checksumOf(parts);
  if (actual === found?.digits) return;
  refuse(place, {
    expected: `bytes with the checksum ${found?.digits ?? 'in the header'}`,
    got: `bytes with the checksum ${actual}`,
    remedy: 'use another copy: this file is damaged or was changed',
  });
}

function checksumOf(parts: readonly Uint8Array[]): string {
  const sum = parts.reduce((seed, part) => crc32.buf(part, seed), 0);
  return (sum >>> 0).toString(16).padStart(NO_CHECKSUM.length, '0');
}

/** The position of the digits. JSON escapes quotation marks inside strings, so only a key can match. */
function placeIn(header: Uint8Array): { start: number; digits: string } | undefined {
  // One character per byte.
  const text = new TextDecoder('latin1').decode(header);
  const match = /"unrolled\.crc32"\s*:\s*"([0-9a-f]{8})"/d.exec(text);
  return match ? { start: match.indices![1]![0], digits: match[1]! } : undefined;
}
