import { refuse } from '../refuse';
import { byteTokens, utf8Decoder } from './bytes';
import type { TokenUnit } from './vocabulary-contract';
import { splitFinishedWords, splitWords } from './words';

/**
 * Encodes a text that arrives in pieces of UTF-8, each of whole code points, as ids: 0, 1, 2 … in the order
 * in which symbols first appear (a byte is its own id). The same text gives the same ids for any division
 * into pieces.
 */
export interface Tokenizer {
  /** The ids of the tokens that end in this piece, valid until the next call. */
  encode(piece: Uint8Array): Int32Array;
  /** The ids of the remaining text at the end. */
  finish(): Int32Array;
  /** Exclusive upper bound of the ids so far. */
  readonly size: number;
  symbols(): string[];
  /** The first position of each id. */
  firstPositions(): Float64Array;
}

export function createTokenizer(unit: TokenUnit): Tokenizer {
  if (unit === 'byte') return new ByteTokenizer();
  return unit === 'word' ? new WordTokenizer() : new CharacterTokenizer();
}

const absent = -1;
const none = new Int32Array(0);

class CharacterTokenizer implements Tokenizer {
  private readonly ids = new Int32Array(0x110000).fill(absent);
  private readonly codePoints: number[] = [];
  private readonly positions: number[] = [];
  private encoded = none;
  private position = 0;

  get size(): number {
    return this.codePoints.length;
  }

  /** A loop over bytes with one table is four times as fast as decoding to a string first. */
  encode(piece: Uint8Array): Int32Array {
    if (this.encoded.length < piece.length) this.encoded = new Int32Array(piece.length);
    const { ids, encoded } = this;
    let count = 0;
    for (let index = 0; index < piece.length; ) {
      let codePoint = piece[index++]!;
      if (codePoint >= 0xf0) {
        codePoint = ((codePoint & 7) << 18) | (tail(piece, index) << 12) | (tail(piece, index + 1) << 6);
        codePoint |= tail(piece, index + 2);
        index += 3;
      } else if (codePoint >= 0xe0) {
        codePoint = ((codePoint & 15) << 12) | (tail(piece, index) << 6) | tail(piece, index + 1);
        index += 2;
      } else if (codePoint >= 0x80) {
        codePoint = ((codePoint & 31) << 6) | tail(piece, index);
        index += 1;
      }
      const id = ids[codePoint]!;
      encoded[count] = id === absent ? this.add(codePoint, count) : id;
      count += 1;
    }
    this.position += count;
    return encoded.subarray(0, count);
  }

  private add(codePoint: number, offset: number): number {
    this.ids[codePoint] = this.codePoints.length;
    this.positions.push(this.position + offset);
    return this.codePoints.push(codePoint) - 1;
  }

  finish(): Int32Array {
    return none;
  }

  symbols(): string[] {
    return this.codePoints.map((codePoint) => String.fromCodePoint(codePoint));
  }

  firstPositions(): Float64Array {
    return Float64Array.from(this.positions);
  }
}

/** The six payload bits of a continuation byte. */
const tail = (piece: Uint8Array, index: number) => piece[index]! & 0x3f;

class ByteTokenizer implements Tokenizer {
  readonly size = 256;
  private readonly positions = new Float64Array(256).fill(Number.POSITIVE_INFINITY);
  private position = 0;

  encode(piece: Uint8Array): Int32Array {
    const { positions, position } = this;
    for (let index = 0; index < piece.length; index++) {
      if (positions[piece[index]!] === Number.POSITIVE_INFINITY) positions[piece[index]!] = position + index;
    }
    this.position += piece.length;
    return new Int32Array(piece);
  }

  finish(): Int32Array {
    return none;
  }

  symbols(): string[] {
    return [...byteTokens];
  }

  firstPositions(): Float64Array {
    return this.positions;
  }
}

class WordTokenizer implements Tokenizer {
  private readonly ids = new Map<string, number>();
  private readonly shortIds = new Int32Array(0x10000).fill(absent);
  private readonly positions: number[] = [];
  private position = 0;
  /** The bytes of the last words so far, which the next piece may continue. */
  private rest: Uint8Array = new Uint8Array(0);

  get size(): number {
    return this.ids.size;
  }

  encode(piece: Uint8Array): Int32Array {
    const bytes = Buffer.concat([this.rest, piece]);
    const text = utf8.decode(bytes);
    const encoded = new Int32Array(text.length);
    let count = 0;
    const used = splitFinishedWords(text, (start, end) => {
      encoded[count++] = end - start === 1 ? this.shortId(text, start) : this.id(text.slice(start, end));
    });
    this.rest = bytes.subarray(bytes.length - Buffer.byteLength(text.slice(used)));
    return encoded.subarray(0, count);
  }

  finish(): Int32Array {
    return Int32Array.from(splitWords(utf8.decode(this.rest)), (word) => this.id(word));
  }

  /** Fast path for words of one UTF-16 unit: half of all words, mostly spaces. */
  private shortId(text: string, start: number): number {
    const unit = text.charCodeAt(start);
    const known = this.shortIds[unit]!;
    if (known === absent) {
      this.shortIds[unit] = this.id(text.charAt(start));
      return this.shortIds[unit]!;
    }
    this.position += 1;
    return known;
  }

  private id(word: string): number {
    let id = this.ids.get(word);
    if (id === undefined) {
      id = this.ids.size;
      if (id === mostWords) refuseMoreWords();
      this.ids.set(ownCopy(word), id);
      this.positions.push(this.position);
    }
    this.position += 1;
    return id;
  }

  symbols(): string[] {
    return [...this.ids.keys()];
  }

  firstPositions(): Float64Array {
    return Float64Array.from(this.positions);
  }
}

const utf8 = utf8Decoder();

/** Each distinct word takes about 100 bytes of memory until the corpus is read. */
const mostWords = 2 ** 22;

function refuseMoreWords(): never {
  refuse('openCorpus', {
    expected: `at most ${mostWords} distinct words`,
    got: 'more',
    remedy: "use another unit, 'character' or 'byte'",
  });
}

/** A slice would keep the whole string in memory, so this is a copy. */
const ownCopy = (part: string) => Buffer.from(part, 'utf16le').toString('utf16le');
