import {
  createVocabulary,
  trainSubwords,
  type Vocabulary,
  type VocabularyJson,
  vocabularyFromJSON,
} from '@unrolled/data';

/** What a token is: a letter, what white space separates (a phoneme), or a part of a word, learned from the texts. */
export type Unit = 'character' | 'symbol' | 'subword';

/** One side of the pairs: how its texts become ids, and ids texts. */
export interface Side {
  readonly vocabulary: Vocabulary;
  encode(text: string): Int32Array;
  decode(ids: ArrayLike<number>): string;
  /** Each id as a picture shows it. */
  tokens(ids: ArrayLike<number>): string[];
  /** What {@link sideFrom} makes it of again. */
  readonly json: SideJson;
}

type SideJson = { readonly unit: Unit; readonly vocabulary: VocabularyJson };

const split = (unit: Unit, text: string) => (unit === 'symbol' ? text.trim().split(/\s+/) : Array.from(text));

/** The tokens of some texts; of subwords at most 2,000. */
export function learnSide(unit: Unit, texts: readonly string[]): Side {
  if (unit === 'subword') return sideOf(unit, trainSubwords(texts, { size: 2000 }));
  const tokens = [...new Set(texts.flatMap((text) => split(unit, text)))];
  return sideOf(unit, createVocabulary(tokens, { order: 'code-point', unknown: true }));
}

export function sideFrom(json: unknown): Side {
  const { unit, vocabulary } = json as SideJson;
  return sideOf(unit, vocabularyFromJSON(vocabulary));
}

function sideOf(unit: Unit, vocabulary: Vocabulary): Side {
  // A capital that was never seen is read as its small letter.
  const known = (token: string) => (vocabulary.has(token) ? token : token.toLowerCase());
  const tokens = (ids: ArrayLike<number>) => Array.from(ids, (id) => vocabulary.decode([id]));
  return {
    ...{ vocabulary, tokens, json: { unit, vocabulary: vocabulary.toJSON() } },
    encode: (text) => vocabulary.encode(unit === 'subword' ? text : split(unit, text).map(known)),
    decode: (ids) => (unit === 'symbol' ? tokens(ids).join(' ') : vocabulary.decode(ids)),
  };
}
