import { inWords } from '@unrolled/errors';
import { checkKind, refuse } from '../refuse';
import { splitWords, strip } from './white-space';

/** A token: a word, a character, a phoneme, or an id. */
export type Token = string | number;

/** The tokens of an error rate. Phonemes are separated by white space. */
export type ErrorUnit = 'word' | 'character' | 'phoneme';

/** Splits a text into tokens of each unit. */
export const UNITS: Readonly<Record<ErrorUnit, (text: string) => string[]>> = {
  word: splitWords,
  character: (text) => Array.from(strip(text)),
  phoneme: splitWords,
};

/**
 * Refuses a value that is not a list of strings and numbers. NaN is refused, because it does not equal
 * itself.
 */
export function checkTokens(scope: string, what: string, tokens: ArrayLike<unknown>): void {
  checkKind(scope, what, tokens, 'array or typed array');
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index];
    if (typeof token === 'string' || (typeof token === 'number' && !Number.isNaN(token))) continue;
    refuse(scope, {
      expected: `a text or a number at ${what}[${index}]`,
      got: inWords(token),
      remedy: 'pass words, phonemes or ids',
    });
  }
}
