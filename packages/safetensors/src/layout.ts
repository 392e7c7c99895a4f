import { quoted } from '@unrolled/errors';
import { type Dtype, dtypeBits, dtypes, isDtype } from './dtypes';
import type { HeaderEntry } from './header-parser';
import { bytesInWords, DAMAGED, type Place, refuse } from './refuse';

/** A tensor's entry whose dtype, shape and offsets are consistent with each other and with the file. */
export interface CheckedEntry extends HeaderEntry {
  readonly dtype: Dtype;
}

/**
 * Checks that the entries cover the data exactly, from byte 0 to the last byte without gaps or overlaps, and
 * that each tensor's number of elements times its element size equals its span. These are the rules of the
 * reference's `Metadata::validate`.
 *
 * @returns the entries, ordered by offset
 */
export function checkLayout(
  entries: readonly HeaderEntry[],
  dataBytes: number,
  place: Place,
): CheckedEntry[] {
  const sorted = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let expectedBegin = 0;
  const checked = sorted.map((entry) => {
    if (entry.begin !== expectedBegin) refuseOffset(entry, expectedBegin, place);
    expectedBegin = Math.max(entry.begin, entry.end);
    return checkEntry(entry, dataBytes, place);
  });
  if (expectedBegin !== dataBytes) {
    refuse(place, {
      expected: `tensors that cover all ${bytesInWords(dataBytes)} of data`,
      got: `tensors that end at byte ${expectedBegin}`,
      remedy: 'write the file again without bytes that belong to no tensor',
    });
  }
  return checked;
}

function refuseOffset(entry: HeaderEntry, expectedBegin: number, place: Place): never {
  refuse(place, {
    expected: `tensor ${quoted(entry.name)} to begin at byte ${expectedBegin} of the data`,
    got: `byte ${entry.begin}, which ${entry.begin < expectedBegin ? 'overlaps the previous tensor' : 'leaves a gap'}`,
    remedy: DAMAGED,
  });
}

function checkEntry(entry: HeaderEntry, dataBytes: number, place: Place): CheckedEntry {
  const { dtype, shape, begin, end } = entry;
  const name = quoted(entry.name);
  if (!isDtype(dtype)) {
    refuse(place, {
      expected: `a dtype of ${dtypes.join(', ')} for tensor ${name}`,
      got: quoted(dtype),
      remedy: DAMAGED,
    });
  }
  if (end < begin) {
    refuse(place, {
      expected: `the end of tensor ${name} after its start`,
      got: `data_offsets [${begin}, ${end}]`,
      remedy: DAMAGED,
    });
  }
  if (end > dataBytes) {
    refuse(place, {
      expected: `tensor ${name} within the ${bytesInWords(dataBytes)} of data`,
      got: `data_offsets [${begin}, ${end}]`,
      remedy: 'use another copy: the file is truncated or damaged',
    });
  }
  const bytes = byteCount(dtype, shape, `tensor ${name}`, place);
  if (bytes !== end - begin) {
    refuse(place, {
      expected: `${bytesInWords(bytes)} for tensor ${name} (${dtype} ${shapeInWords(shape)})`,
      got: bytesInWords(end - begin),
      remedy: DAMAGED,
    });
  }
  return { ...entry, dtype };
}

/** The number of bytes of a tensor. A number that no file can have is refused. */
export function byteCount(dtype: Dtype, shape: readonly number[], label: string, place: Place): number {
  let bits = dtypeBits(dtype);
  for (const extent of shape) {
    bits *= extent;
    if (!Number.isSafeInteger(bits)) {
      refuse(place, {
        expected: `a shape of ${label} whose size in bits is a safe integer`,
        got: shapeInWords(shape),
        remedy: 'reduce the shape',
      });
    }
  }
  if (bits % 8 !== 0) {
    refuse(place, {
      expected: `elements of ${dtypeBits(dtype)} bits in ${label} that fill whole bytes`,
      got: shapeInWords(shape),
      remedy: 'use an even number of elements',
    });
  }
  return bits / 8;
}

/** A shape for a message: `[2, 3]`, cut after eight extents. */
export function shapeInWords(shape: readonly number[]): string {
  return `[${shape.slice(0, 8).join(', ')}${shape.length > 8 ? ', …' : ''}]`;
}
