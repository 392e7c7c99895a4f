import { listed } from '@unrolled/errors';
import { refuse } from './refuse';

/** The unit of a label: a letter, or text between spaces. */
export type Unit = 'character' | 'phoneme';

/** The labels of a recogniser. Class 0 of its output is the blank, class 1 the first label. */
export interface Alphabet {
  readonly unit: Unit;
  readonly labels: readonly string[];
}

/** A text's labels. */
export const split = (unit: Unit, text: string) =>
  unit === 'phoneme' ? text.trim().split(/\s+/).filter(Boolean) : Array.from(text);

/** A text as spoken: lower case, digits, apostrophes, and one space for everything else. */
export const plainText = (text: string) =>
  text
    .normalize('NFC')
    .toLowerCase()
    .replace(/’/g, "'")
    .replace(/[^\p{L}\p{M}\p{N}']+/gu, ' ')
    .trim();

/** The distinct labels of texts, by code point. */
export const learnAlphabet = (unit: Unit, texts: readonly string[]): Alphabet => ({
  unit,
  labels: [...new Set(texts.flatMap((text) => split(unit, text)))].sort(),
});

/**
 * The classes of a text's labels. @throws UnrolledError that names the file, or the option `--text`, if the
 * alphabet lacks one
 */
export function encode({ unit, labels }: Alphabet, text: string, file: string): number[] {
  const isTyped = file === '--text';
  return split(unit, text).map((label) => {
    const place = labels.indexOf(label);
    if (place >= 0) return place + 1;
    const expected = `labels among ${listed(labels)}${isTyped ? '' : ` in the text of ${file}`}`;
    return refuse(isTyped ? file : '--transcripts', {
      expected,
      got: `'${label}'`,
      remedy: isTyped
        ? 'omit the label: the network knows no others'
        : 'correct that text, or add the label to --alphabet',
    });
  });
}

/** The text of classes, without blanks. */
export function decode({ unit, labels }: Alphabet, classes: ArrayLike<number>): string {
  return Array.from(classes, (one) => labels[one - 1]!).join(unit === 'phoneme' ? ' ' : '');
}
