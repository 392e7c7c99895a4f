/**
 * A CRC-32 of the whole file, header included, as a text in the file's own `__metadata__`. The checksum's own
 * eight digits count as zeros. Other readers see one more text.
 */
import crc32 from 'crc-32';
import { type Place, refuse } from './refuse';

/** The key in `__metadata__`. */
export const CHECKSUM_KEY = 'unrolled.crc32';
export const NO_CHECKSUM = '00000000';

/** Writes the checksum of a file's parts, header first, into the header, which has {@link NO_CHECKSUM}. */
export function seal(parts: readonly Uint8Array[]): void {
  const [header] = parts as [Uint8Array];
  header.set(new TextEncoder().encode(checksumOf(parts)), placeIn(header)!.start);
}

/**
 * Checks a file against the checksum in its header.
 *
 * @param file the parts that a file consists of
 * @param header the one with the header's text
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
    expected: `bytes with the checksum ${found?.digits ?? 'that the header names'}`,
    got: `bytes with ${actual}`,
    remedy: 'the file is damaged or was changed: use another copy',
  });
}

function checksumOf(parts: readonly Uint8Array[]): string {
  const sum = parts.reduce((seed, part) => crc32.buf(part, seed), 0);
  return (sum >>> 0).toString(16).padStart(NO_CHECKSUM.length, '0');
}

/** The position of the digits. JSON escapes quotation marks in texts, so only a key can match. */
function placeIn(header: Uint8Array): { start: number; digits: string } | undefined {
  // One character a byte.
  const text = new TextDecoder('latin1').decode(header);
  const match = /"unrolled\.crc32"\s*:\s*"([0-9a-f]{8})"/d.exec(text);
  return match ? { start: match.indices![1]![0], digits: match[1]! } : undefined;
}
