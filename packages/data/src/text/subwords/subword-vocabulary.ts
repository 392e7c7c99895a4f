import type { OptionKinds } from '@unrolled/errors';
import { checkOptions, refuse } from '../../refuse';
import { drawsOf } from '../../windows/shuffle';
import { buildVocabulary, type Codec, type IdAt } from '../build-vocabulary';
import { utf8Decoder } from '../bytes';
import type { TokenDecoder, Vocabulary } from '../vocabulary-contract';
import { type SubwordBase, SubwordTokens } from './alphabet';
import { type Merge, MergeTable } from './merges';
import { splitPieces } from './pieces';

/** Options for splitting a text into subwords. */
export interface SubwordEncodeOptions {
  readonly appendEndOfSequence?: boolean;
  /** Probability in [0, 1) of skipping each merge, so a model sees several splits of a word; default 0. */
  readonly dropout?: number;
  /** The same seed drops the same merges of the same text. Use a different seed in each epoch. Default 0. */
  readonly seed?: number;
}

/** A vocabulary's subwords as plain JSON. */
export interface SubwordJson {
  readonly unit: 'subword';
  readonly base: SubwordBase;
  readonly tokens: readonly string[];
  /** By ids, in the order of learning. */
  readonly merges: readonly Merge[];
  readonly endOfSequence?: string;
  readonly unknown?: string;
}

/** A vocabulary whose tokens are parts of words, learned by byte-pair encoding. Immutable. */
export interface SubwordVocabulary extends Vocabulary {
  readonly unit: 'subword';
  /** The merges, by ids, in the order of learning. */
  readonly merges: readonly Merge[];
  encode(text: string | readonly string[], options?: SubwordEncodeOptions): Int32Array;
  toJSON(): SubwordJson;
}

const ENCODE_KINDS: OptionKinds<SubwordEncodeOptions> = {
  appendEndOfSequence: 'boolean?',
  dropout: 'number?',
  seed: 'number?',
};

/** Number of pieces that are cached with their ids. */
const REMEMBERED = 65_536;

interface Parts {
  readonly base: SubwordBase;
  /** The initial characters of merges; none if the base is the 256 bytes. */
  readonly characters: readonly string[];
  readonly merges: readonly Merge[];
  readonly endOfSequence?: string | undefined;
  readonly unknown?: string | undefined;
}

/** Builds a vocabulary from checked parts. */
export function buildSubwords({ base, characters, merges, ...specials }: Parts): SubwordVocabulary {
  const tokens = new SubwordTokens(base, characters);
  const table = new MergeTable(
    merges,
    merges.map(([left, right]) => tokens.join(left, right)!),
  );
  for (const name of [specials.endOfSequence, specials.unknown]) if (name !== undefined) tokens.add(name);
  const names = Object.freeze([...tokens.names]);
  const cut = cutterOf(base, tokens, table);
  const plain = buildVocabulary({
    ...{ unit: 'subword', tokens: names, ...specials },
    codecOf: (token, idAt) => codecOf({ base, tokens, cut, token, idAt }),
  });
  const kept = Object.freeze(merges.map(([left, right]) => Object.freeze([left, right] as const)));
  return Object.freeze({
    ...plain,
    unit: 'subword' as const,
    merges: kept,
    encode(text: string | readonly string[], options: SubwordEncodeOptions = {}): Int32Array {
      checkOptions('encode', options, ENCODE_KINDS);
      const { dropout = 0, seed = 0, ...others } = options;
      if (!(dropout >= 0 && dropout < 1)) {
        const remedy = 'set dropout to the probability of skipping a merge, such as 0.1';
        refuse('encode', { expected: 'a dropout in [0, 1)', got: String(dropout), remedy });
      }
      if (dropout === 0 || typeof text !== 'string') return plain.encode(text, others);
      const draw = drawsOf(seed, 0);
      return plain.encode(
        splitPieces(text).flatMap((piece) => cut(piece, () => draw() < dropout)),
        others,
      );
    },
    toJSON: () => ({
      ...{
        unit: 'subword' as const,
        base,
        tokens: [...names],
        merges: kept.map(([l, r]) => [l, r] as const),
      },
      ...specials,
    }),
  });
}

/**
 * Splits a piece of text into the names of its tokens. A character that the vocabulary lacks is a name, too.
 */
type Cutter = (piece: string, isDropped?: () => boolean) => string[];

function cutterOf(base: SubwordBase, tokens: SubwordTokens, table: MergeTable): Cutter {
  const utf8 = new TextEncoder();
  return (piece, isDropped) => {
    if (base === 'byte') {
      return table.apply(Array.from(utf8.encode(piece)), isDropped).map((id) => tokens.names[id]!);
    }
    const lacking: string[] = [];
    // A missing token has a negative id, so no pair merges.
    const ids = Array.from(piece, (character) => tokens.id(character) ?? -lacking.push(character));
    return table.apply(ids, isDropped).map((id) => (id < 0 ? lacking[-id - 1]! : tokens.names[id]!));
  };
}

interface CodecParts {
  readonly base: SubwordBase;
  readonly tokens: SubwordTokens;
  readonly cut: Cutter;
  readonly token: (id: number) => string;
  readonly idAt: IdAt;
}

function codecOf({ base, tokens, cut, token, idAt }: CodecParts): Codec & Pick<SubwordVocabulary, 'split'> {
  const remembered = new Map<string, readonly number[]>();
  const bytesOf = (id: number): Uint8Array => {
    token(id);
    return tokens.bytesOf(id);
  };
  return {
    encodeText(text) {
      const ids: number[] = [];
      for (const piece of splitPieces(text)) {
        let known = remembered.get(piece);
        if (known === undefined) {
          known = cut(piece).map((name) => idAt(name, ids.length));
          if (remembered.size === REMEMBERED) remembered.clear();
          remembered.set(piece, known);
        }
        for (const id of known) ids.push(id);
      }
      return Int32Array.from(ids);
    },
    decodeIds(ids, count) {
      const parts = Array.from({ length: count }, (_, at) => ids[at]!);
      if (base === 'character') return parts.map(token).join('');
      const bytes = parts.map(bytesOf);
      const whole = new Uint8Array(bytes.reduce((sum, { length }) => sum + length, 0));
      let at = 0;
      for (const part of bytes) {
        whole.set(part, at);
        at += part.length;
      }
      return utf8Decoder().decode(whole);
    },
    decoder(): TokenDecoder {
      if (base === 'character') return { write: token, end: () => '' };
      const utf8 = utf8Decoder();
      return {
        write: (id) => utf8.decode(bytesOf(id), { stream: true }),
        end: () => utf8.decode(),
      };
    },
    split: (text) => splitPieces(text).flatMap((piece) => cut(piece)),
  };
}
