/** The start of the first ill-formed byte sequence (Unicode, table 3-7); -1 if there is none. */
export function invalidUtf8Offset(bytes: Uint8Array): number {
  for (let offset = 0; offset < bytes.length; ) {
    const length = sequenceLength(bytes, offset);
    if (length === 0) return offset;
    offset += length;
  }
  return -1;
}

/** The length of the well-formed sequence at `offset`; 0 if it is ill-formed. */
function sequenceLength(bytes: Uint8Array, offset: number): number {
  const lead = bytes[offset]!;
  if (lead < 0x80) return 1;
  const length = lead < 0xc2 || lead > 0xf4 ? 0 : lengthBehind(lead);
  // The second byte's range excludes overlong forms, surrogates and code points above U+10FFFF.
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  for (let index = 1; index < length; index += 1) {
    const byte = bytes[offset + index] ?? 0;
    if (byte < (index === 1 ? least : 0x80) || byte > (index === 1 ? most : 0xbf)) return 0;
  }
  return length;
}

const lengthBehind = (lead: number) => (lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4);

/** Number of bytes at the end of a piece of UTF-8 that belong to an incomplete code point: 0 … 3. */
export function unfinishedBytes(piece: Uint8Array): number {
  for (let count = 1; count <= 3 && count <= piece.length; count++) {
    const byte = piece[piece.length - count]!;
    if (byte >= 0xc0) return lengthBehind(byte) > count ? count : 0;
    if (byte < 0x80) return 0;
  }
  return 0;
}
