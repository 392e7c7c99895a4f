/**
 * The 256 bytes as tokens: ASCII bytes by their character, the others as `<0x80>` … `<0xFF>`, because single
 * bytes of a character are not text.
 */
export const byteTokens: readonly string[] = Object.freeze(
  Array.from({ length: 256 }, (_, byte) =>
    byte < 0x80 ? String.fromCharCode(byte) : `<0x${byte.toString(16).toUpperCase()}>`,
  ),
);

/** The tokens of a text's UTF-8 bytes. */
export function splitBytes(text: string): string[] {
  return Array.from(new TextEncoder().encode(text), (byte) => byteTokens[byte]!);
}

/**
 * Decodes bytes as UTF-8. Ill-formed bytes become U+FFFD. A byte order mark is a character like any other.
 */
export const utf8Decoder = () => new TextDecoder('utf-8', { ignoreBOM: true });
