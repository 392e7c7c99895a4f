import { createVocabulary, type Vocabulary } from '@unrolled/data';

/** A word, or an exclamation mark. */
const WORD = /[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}\p{N}]+)*|[!?]/gu;

/** The words of a text. Tags such as `<br />` are left out. */
export const wordsOf = (text: string): string[] => text.replace(/<[^<>]*>/g, ' ').match(WORD) ?? [];

const small = (word: string) => word.toLowerCase().replaceAll('’', "'");

/** The words, each followed by the pair of itself and the word before it. */
function wordsAndPairs(words: readonly string[]): string[] {
  const plain = words.map(small);
  return plain.flatMap((word, at) => [word, `${plain[at - 1] ?? ''} ${word}`]);
}

/** A vocabulary of the 60,000 most frequent words and pairs that occur at least twice. */
export function learnWords(texts: readonly string[]): Vocabulary {
  const all = texts.flatMap((text) => wordsAndPairs(wordsOf(text)));
  return createVocabulary(all, { unknown: true, minimumCount: 2, maximumSize: 60_000 });
}

/**
 * Ids of the last `count` words of a text: two for each word, its own and that of its pair. A text without
 * words counts as one unknown word.
 */
export function idsOf(vocabulary: Vocabulary, text: string, count: number): Int32Array {
  const ids = vocabulary.encode(wordsAndPairs(wordsOf(text).slice(-count)));
  return ids.length > 0 ? ids : new Int32Array(2).fill(vocabulary.unknownId!);
}

/** The sum of the lexicon's scores of a text's words, −4 to 4 each. */
export const lexiconSum = (lexicon: ReadonlyMap<string, number>, text: string): number =>
  wordsOf(text).reduce((sum, word) => sum + (lexicon.get(small(word)) ?? 0), 0);
