import { strictDecoder } from '../src/encoding';

/** A text in an encoding, by its decoder's table read backwards. */
export function encode(text: string, encoding: string): Uint8Array {
  if (encoding === 'utf-8') return new TextEncoder().encode(text);
  if (encoding.startsWith('utf-16')) {
    const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
    return Uint8Array.from(
      units.flatMap((unit) => (encoding === 'utf-16le' ? [unit & 255, unit >> 8] : [unit >> 8, unit & 255])),
    );
  }
  return Uint8Array.from([...text].flatMap((character) => tableOf(encoding).get(character)!));
}

const tables = new Map<string, Map<string, number[]>>();
function tableOf(encoding: string): Map<string, number[]> {
  const known = tables.get(encoding);
  if (known) return known;
  const table = new Map<string, number[]>();
  const add = (bytes: number[]) => {
    try {
      const text = strictDecoder(encoding).decode(Uint8Array.from(bytes));
      if ([...text].length === 1 && !table.has(text)) table.set(text, bytes);
    } catch {}
  };
  for (let byte = 0; byte < 256; byte++) add([byte]);
  if (!encoding.startsWith('windows')) {
    for (let lead = 0x81; lead < 0xff; lead++)
      for (let trail = 0x40; trail < 0xff; trail++) add([lead, trail]);
  }
  tables.set(encoding, table);
  return table;
}
