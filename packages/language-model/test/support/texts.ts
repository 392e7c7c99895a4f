import { random } from '@unrolled/cells';

const WORDS = ['the whale ', 'the ship ', 'a sailor ', 'the sea ', 'swam. ', 'sank. ', 'sang.\n'];

/** A text of a few words in random order: what follows a letter depends on more than the letter. */
export function wordsText(words: number, seed = 1): string {
  const draws = random(seed);
  return Array.from({ length: words }, () => WORDS[Math.floor(draws.uniform() * WORDS.length)]).join('');
}
