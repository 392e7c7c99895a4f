import { inWords, type OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions, refuse } from '../refuse';
import { splitBytes, utf8Decoder } from './bytes';
import { CodePointIds } from './code-points';
import type { TokenDecoder, TokenUnit, Vocabulary, VocabularyUnit } from './vocabulary-contract';
import { splitWords } from './words';

const ENCODE_KINDS: OptionKinds<{ readonly appendEndOfSequence?: boolean }> = {
  appendEndOfSequence: 'boolean?',
};

const DECODE_KINDS: OptionKinds<{ readonly stopAtEndOfSequence?: boolean }> = {
  stopAtEndOfSequence: 'boolean?',
};

/** Checked tokens: at least one, without duplicates, including the special tokens. */
interface Parts {
  readonly unit: VocabularyUnit;
  readonly tokens: readonly string[];
  readonly endOfSequence?: string | undefined;
  readonly unknown?: string | undefined;
  /** Encodes texts if tokens are not the units of the text. */
  readonly codecOf?: (token: (id: number) => string, idAt: IdAt) => Codec & Pick<Vocabulary, 'split'>;
}

/**
 * The id of a token, or of the unknown token. If there is no unknown token, the token is refused with its
 * position.
 */
export type IdAt = (token: string, position: number) => number;

export function buildVocabulary({ unit, tokens, endOfSequence, unknown, codecOf }: Parts): Vocabulary {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const endOfSequenceId = endOfSequence === undefined ? undefined : ids.get(endOfSequence);
  const unknownId = unknown === undefined ? undefined : ids.get(unknown);

  const idAt: IdAt = (token, position) =>
    ids.get(token) ?? unknownId ?? refuseToken('encode', token, tokens.length, position);
  const token = (wanted: number): string =>
    (typeof wanted === 'number' ? tokens[wanted] : undefined) ??
    refuse('vocabulary', {
      expected: `an id in 0 … ${tokens.length - 1}`,
      got: inWords(wanted),
      remedy: 'pass an id from this vocabulary',
    });
  const own = codecOf?.(token, idAt);
  const plain = unit === 'subword' ? 'character' : unit;
  const { encodeText, decodeIds, decoder } =
    own ?? (plain === 'byte' ? byteCodec(token) : tokenCodec(plain, ids, idAt, token));

  function encode(
    text: string | readonly string[],
    options: { readonly appendEndOfSequence?: boolean } = {},
  ): Int32Array {
    checkKind('encode', 'a text or a list of tokens', text, 'string or array');
    checkOptions('encode', options, ENCODE_KINDS);
    const { appendEndOfSequence = false } = options;
    const endId = appendEndOfSequence ? requireEndOfSequence('encode', endOfSequenceId) : undefined;
    const encoded = typeof text === 'string' ? encodeText(text) : Int32Array.from(text, idAt);
    if (endId === undefined) return encoded;
    const longer = new Int32Array(encoded.length + 1);
    longer.set(encoded);
    longer[encoded.length] = endId;
    return longer;
  }

  function decode(
    wanted: ArrayLike<number>,
    options: { readonly stopAtEndOfSequence?: boolean } = {},
  ): string {
    checkKind('decode', 'ids', wanted, 'array or typed array');
    checkOptions('decode', options, DECODE_KINDS);
    const { stopAtEndOfSequence = false } = options;
    const endId = stopAtEndOfSequence ? requireEndOfSequence('decode', endOfSequenceId) : undefined;
    const end = endId === undefined ? -1 : Array.prototype.indexOf.call(wanted, endId);
    return decodeIds(wanted, end < 0 ? wanted.length : end);
  }

  return Object.freeze({
    size: tokens.length,
    tokens,
    unit,
    endOfSequenceId,
    unknownId,
    has(wanted: string) {
      checkKind('vocabulary', 'a token', wanted, 'string');
      return ids.has(wanted);
    },
    id: (wanted: string) => ids.get(wanted) ?? unknownId ?? refuseToken('vocabulary', wanted, tokens.length),
    token,
    encode,
    decode,
    split(text: string) {
      checkKind('split', 'a text', text, 'string');
      return own ? own.split(text) : splitters[plain](text);
    },
    decoder,
    toJSON: () => ({ unit, tokens: [...tokens], endOfSequence, unknown }),
  });
}

const splitters: Record<TokenUnit, (text: string) => string[]> = {
  character: (text) => Array.from(text),
  byte: splitBytes,
  word: splitWords,
};

/** Encodes and decodes texts. `decodeIds` decodes the first `count` ids. */
export interface Codec {
  encodeText(text: string): Int32Array;
  decodeIds(ids: ArrayLike<number>, count: number): string;
  decoder(): TokenDecoder;
}

/** Tokens that are substrings of the text. */
function tokenCodec(
  unit: 'character' | 'word',
  ids: ReadonlyMap<string, number>,
  idAt: IdAt,
  token: (id: number) => string,
): Codec {
  let codePointIds: CodePointIds | undefined;
  return {
    encodeText(text) {
      if (unit === 'word') return Int32Array.from(splitWords(text), idAt);
      codePointIds ??= new CodePointIds(ids);
      const buffer = new Int32Array(text.length); // There are at least as many UTF-16 units as code points.
      const count = codePointIds.encode(text, buffer, (codePoint, position) =>
        idAt(String.fromCodePoint(codePoint), position),
      );
      return count === buffer.length ? buffer : buffer.slice(0, count);
    },
    decodeIds(wanted, count) {
      // Joined in blocks: joining millions of pieces at once takes twice as long.
      const blocks: string[] = [];
      let block: string[] = [];
      for (let i = 0; i < count; i++) {
        block.push(token(wanted[i]!));
        if (block.length < 1024) continue;
        blocks.push(block.join(''));
        block = [];
      }
      return blocks.join('') + block.join('');
    },
    decoder: () => ({ write: token, end: () => '' }),
  };
}

/** Ids that are UTF-8 bytes. */
function byteCodec(token: (id: number) => string): Codec {
  const checked = (id: number) => {
    token(id);
    return id;
  };
  return {
    encodeText: (text) => Int32Array.from(new TextEncoder().encode(text)),
    decodeIds(wanted, count) {
      const bytes = new Uint8Array(count);
      for (let i = 0; i < count; i++) bytes[i] = checked(wanted[i]!);
      return utf8Decoder().decode(bytes);
    },
    decoder() {
      const utf8 = utf8Decoder();
      return {
        write: (id) => utf8.decode(Uint8Array.of(checked(id)), { stream: true }),
        end: () => utf8.decode(),
      };
    },
  };
}

function refuseToken(scope: string, token: string, size: number, position?: number): never {
  refuse(scope, {
    expected: `only tokens of the vocabulary, which has ${size}`,
    got: position === undefined ? describeToken(token) : `${describeToken(token)} at position ${position}`,
    remedy: 'remove the token, or create the vocabulary with an unknown token',
  });
}

function requireEndOfSequence(scope: string, id: number | undefined): number {
  if (id !== undefined) return id;
  return refuse(scope, {
    expected: 'a vocabulary with an end-of-sequence token',
    got: 'a vocabulary without such a token',
    remedy: 'create the vocabulary with endOfSequence: true',
  });
}

/** 'ü' (U+00FC); control characters as escapes. */
export function describeToken(token: string): string {
  if (typeof token !== 'string') return inWords(token);
  const characters = Array.from(token);
  const shown = JSON.stringify(characters.slice(0, 40).join('')).slice(1, -1);
  if (characters.length !== 1) return `'${shown}'`;
  return `'${shown}' (U+${token.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')})`;
}
