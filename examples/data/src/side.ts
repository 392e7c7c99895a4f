import {
  createVocabulary,
  trainSubwords,
  type Vocabulary,
  type VocabularyJson,
  vocabularyFromJSON,
} from '@unrolled/data';

/** The unit of a token: a letter, text between white space (a phoneme), or a learned part of a word. */
export type TextUnit = 'character' | 'symbol' | 'subword';

/** One side of the pairs, and its encoding. */
export interface Side {
  readonly vocabulary: Vocabulary;
  /** Maximum number of tokens of a training text. */
  readonly longest: number;
  encode(text: string): Int32Array;
  decode(ids: ArrayLike<number>): string;
  /** Each id in a printable form. */
  tokens(ids: ArrayLike<number>): string[];
  /** The JSON that {@link sideFrom} reads. */
  readonly json: SideJson;
}

type SideJson = { readonly unit: TextUnit; readonly vocabulary: VocabularyJson; readonly longest: number };

const split = (unit: TextUnit, text: string) =>
  unit === 'symbol' ? text.trim().split(/\s+/) : Array.from(text);

/** The tokens of texts; at most 2,000 subwords. */
export function learnSide(unit: TextUnit, texts: readonly string[]): Side {
  const tokens = () => [...new Set(texts.flatMap((text) => split(unit, text)))];
  const vocabulary =
    unit === 'subword'
      ? trainSubwords(texts, { size: 2000 })
      : createVocabulary(tokens(), { order: 'code-point', unknown: true });
  const { encode } = sideOf(unit, vocabulary, 0);
  const longest = texts.reduce((most, text) => Math.max(most, encode(text).length), 0);
  return sideOf(unit, vocabulary, longest);
}

export function sideFrom(json: unknown): Side {
  const { unit, vocabulary, longest } = json as SideJson;
  return sideOf(unit, vocabularyFromJSON(vocabulary), longest);
}

function sideOf(unit: TextUnit, vocabulary: Vocabulary, longest: number): Side {
  // An unknown capital letter is read in lower case.
  const known = (token: string) => (vocabulary.has(token) ? token : token.toLowerCase());
  const tokens = (ids: ArrayLike<number>) => Array.from(ids, (id) => vocabulary.decode([id]));
  return {
    ...{ vocabulary, longest, tokens, json: { unit, vocabulary: vocabulary.toJSON(), longest } },
    encode: (text) => vocabulary.encode(unit === 'subword' ? text : split(unit, text).map(known)),
    decode: (ids) => (unit === 'symbol' ? tokens(ids).join(' ') : vocabulary.decode(ids)),
  };
}
