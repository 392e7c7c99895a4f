/**
 * The 256 bytes as tokens: those of ASCII by their character, the others as `<0x80>` … `<0xFF>`, since alone
 * they are no text.
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
 * Reads bytes as UTF-8; what is ill-formed becomes U+FFFD. A byte order mark is a character like any other.
 */
export const utf8Decoder = () => new TextDecoder('utf-8', { ignoreBOM: true });
