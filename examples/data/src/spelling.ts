import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type FetchOptions, fetchSource } from './fetch';
import { refuse } from './refuse';
import { SOURCES } from './sources';
import type { Split } from './split';

/** A word and its pronunciations. */
export interface Spelling {
  /** Lower case and apostrophes. */
  readonly word: string;
  /** The phonemes of each pronunciation, without stress, in the order of the dictionary. */
  readonly pronunciations: readonly (readonly string[])[];
}

/**
 * CMUdict, each word in one part: of every twenty words by code point, two are the test and one is
 * validation.
 */
export async function spellings(options?: FetchOptions): Promise<Split<Spelling>> {
  const folder = await fetchSource(SOURCES.dictionary, options);
  const { dictionary } = (await import(pathToFileURL(join(folder, 'index.js')).href)) as {
    dictionary?: Record<string, string>;
  };
  if (dictionary === undefined) {
    const remedy = `delete ${folder} to download it again`;
    refuse('spellings', { expected: 'a dictionary in the package', got: 'none', remedy, code: 'format' });
  }
  return splitSpellings(spellingsOf(dictionary));
}

/**
 * Words of letters and apostrophes, by code point. `word(2)` is another pronunciation of `word`. Comments
 * start with #.
 */
export function spellingsOf(dictionary: Readonly<Record<string, string>>): Spelling[] {
  const found = new Map<string, { order: number; phonemes: string }[]>();
  for (const [entry, said] of Object.entries(dictionary)) {
    const [, word, number = '1'] = /^([a-z']+)(?:\((\d+)\))?$/.exec(entry.toLowerCase()) ?? [];
    if (word === undefined || !/[a-z]/.test(word)) continue;
    const phonemes = said
      .replace(/#.*|\d/g, '')
      .trim()
      .replace(/\s+/g, ' ');
    const known = found.get(word) ?? [];
    if (!known.some((one) => one.phonemes === phonemes)) known.push({ order: Number(number), phonemes });
    found.set(word, known);
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([word, said]) => ({
      word,
      pronunciations: said.sort((a, b) => a.order - b.order).map(({ phonemes }) => phonemes.split(' ')),
    }));
}

export function splitSpellings(words: readonly Spelling[]): Split<Spelling> {
  const at = (...places: number[]) => words.filter((_, index) => places.includes(index % 20));
  const rest = Array.from({ length: 17 }, (_, index) => index + 3);
  return { train: at(...rest), validation: at(0), test: at(1, 2) };
}
