/**
 * Decodes the text in which a binary is stored, two hexadecimal digits per byte. Base64 is shorter, but
 * compresses worse on a web server: a page would load a quarter more.
 */
export function decode(hexadecimal: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(hexadecimal.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = digit(hexadecimal.charCodeAt(2 * i)) * 16 + digit(hexadecimal.charCodeAt(2 * i + 1));
  }
  return bytes;
}

/** The value of the digits 0 … 9 and a … f. */
const digit = (code: number) => (code & 15) + (code > 57 ? 9 : 0);

/**
 * The same module with an unshared memory. The flag byte of its one memory import changes from "shared, with
 * maximum" (3) to "with maximum" (1). Atomic operations are valid on both.
 */
export function withUnsharedMemory(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice();
  const at = memoryFlags(copy);
  copy[at] = 1;
  return copy;
}

/**
 * The position of the memory import's limits flag. Format: WebAssembly core specification 1.1, §5.5 (import
 * section, id 2).
 */
function memoryFlags(bytes: Uint8Array): number {
  let at = 8;
  const unsigned = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const section = bytes[at++];
    const size = unsigned();
    if (section !== 2) {
      at += size;
      continue;
    }
    unsigned();
    for (let name = 0; name < 2; name++) {
      const length = unsigned();
      at += length;
    }
    if (bytes[at] === 2 && bytes[at + 1] === 3) return at + 1;
    break;
  }
  throw new Error('the binary does not import a shared memory');
}
