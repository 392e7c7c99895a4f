import { byteTokens } from '../bytes';

/**
 * The initial tokens of merges: the 256 bytes of UTF-8, which can encode every text, or the characters of the
 * training text.
 */
export type SubwordBase = 'byte' | 'character';

/** The tokens that merges create, in order, each with its bytes if bytes are the base. */
export class SubwordTokens {
  readonly names: string[] = [];
  private readonly ids = new Map<string, number>();
  private readonly bytes: Uint8Array[] = [];

  constructor(
    private readonly base: SubwordBase,
    characters: readonly string[],
  ) {
    if (base === 'byte') {
      for (const [byte, name] of byteTokens.entries()) this.add(name, Uint8Array.of(byte));
    } else for (const character of characters) this.add(character);
  }

  get size(): number {
    return this.names.length;
  }

  id(name: string): number | undefined {
    return this.ids.get(name);
  }

  bytesOf(id: number): Uint8Array {
    return this.bytes[id]!;
  }

  /**
   * The id of two joined tokens. Another merge may already have created the token.
   *
   * @returns undefined if other bytes already have the name, such as those of the text `<0x80>`
   */
  join(left: number, right: number): number | undefined {
    if (this.base === 'character') {
      const name = this.names[left]! + this.names[right]!;
      return this.ids.get(name) ?? this.add(name);
    }
    const bytes = new Uint8Array([...this.bytes[left]!, ...this.bytes[right]!]);
    const name = nameOf(bytes);
    const known = this.ids.get(name);
    if (known === undefined) return this.add(name, bytes);
    const own = this.bytes[known]!;
    return own.length === bytes.length && own.every((byte, at) => byte === bytes[at]) ? known : undefined;
  }

  /** Adds a token that no merge creates. */
  add(name: string, bytes: Uint8Array = utf8.encode(name)): number {
    this.ids.set(name, this.names.length);
    if (this.base === 'byte') this.bytes.push(bytes);
    return this.names.push(name) - 1;
  }
}

const utf8 = /* @__PURE__ */ new TextEncoder();
const strict = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of the bytes; if they are not whole characters, their names joined. */
function nameOf(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return Array.from(bytes, (byte) => byteTokens[byte]!).join('');
  }
}
