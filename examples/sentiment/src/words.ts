import { createVocabulary, type Vocabulary } from '@unrolled/data';

/** A word, or an exclamation mark. */
const WORD = /[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}\p{N}]+)*|[!?]/gu;

/** The words of a text, without tags such as `<br />`. */
export const wordsOf = (text: string): string[] => text.replace(/<[^<>]*>/g, ' ').match(WORD) ?? [];

const small = (word: string) => word.toLowerCase().replaceAll('’', "'");

/** The commonest words of texts, at most 20,000 that stand there twice. */
export function learnWords(texts: readonly string[]): Vocabulary {
  const words = texts.flatMap((text) => wordsOf(text).map(small));
  return createVocabulary(words, { unknown: true, minimumCount: 2, maximumSize: 20_000 });
}

/** The last words of a text as ids, at most `count`; of a text without a word the unknown one. */
export function idsOf(vocabulary: Vocabulary, text: string, most: number): Int32Array {
  const words = wordsOf(text).slice(-most).map(small);
  return words.length > 0 ? vocabulary.encode(words) : Int32Array.of(vocabulary.unknownId!);
}

/** The sum of what a lexicon says of a text's words, −4 to 4 each. */
export const lexiconSum = (lexicon: ReadonlyMap<string, number>, text: string): number =>
  wordsOf(text).reduce((sum, word) => sum + (lexicon.get(small(word)) ?? 0), 0);
