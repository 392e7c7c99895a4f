import type { Vocabulary } from '@unrolled/data';
import { checkVocabulary } from '../records';
import { checkKind } from '../refuse';

const FORMS = ['NFC', 'NFD'] as const;

/** A Unicode normalization form: composed letters, or a letter and separate marks. */
export type LetterForm = (typeof FORMS)[number];

/**
 * Converts a text to the Unicode form of the model's training text. In NFC `é` is one character, and in NFD a
 * letter and an accent; the same holds for each syllable of Hangul. If the model knows a text's characters
 * only in the other form, the text is converted and this is reported.
 *
 * @param scope the name of the text in messages
 */
export function inModelsForm(
  scope: string,
  text: string,
  vocabulary: Vocabulary,
  warn: (line: string) => void,
): string {
  checkKind('inModelsForm', 'scope', scope, 'string');
  checkKind('inModelsForm', 'text', text, 'string');
  checkVocabulary('inModelsForm', vocabulary);
  checkKind('inModelsForm', 'warn', warn, 'function');
  const isKnown = (one: string) => vocabulary.split(one).every((token) => vocabulary.has(token));
  if (vocabulary.unit === 'byte' || isKnown(text)) return text;
  for (const form of FORMS) {
    const other = text.normalize(form);
    if (other === text || !isKnown(other)) continue;
    warn(`${scope}: converted to ${form}, as in the model's training text`);
    return other;
  }
  return text;
}

/**
 * A note on the normalization form of a text's symbols; undefined for a composed text (NFC), as most are.
 *
 * @param symbols the distinct tokens of the text
 */
export function formOf(symbols: readonly string[]): 'decomposed' | 'mixed' | undefined {
  checkKind('formOf', 'symbols', symbols, 'array');
  for (const symbol of symbols) checkKind('formOf', 'each symbol', symbol, 'string');
  const isDecomposed = symbols.some((symbol) => /[\u0300-\u036f\u1160-\u11ff\u3099\u309a]/.test(symbol));
  if (!isDecomposed) return undefined;
  return symbols.some((symbol) => symbol.normalize('NFD') !== symbol) ? 'mixed' : 'decomposed';
}

/** Other forms in which the model may know a text with unseen tokens. */
export function formsToTry(symbols: readonly string[], vocabulary: Vocabulary): LetterForm[] {
  if (vocabulary.unit === 'byte') return [];
  const knowsApart = (symbol: string) =>
    vocabulary.split(symbol.normalize('NFD')).every((token) => vocabulary.has(token));
  return FORMS.filter((form) => (form === 'NFC' ? formOf(symbols) !== undefined : symbols.every(knowsApart)));
}
