import type { OptionKinds } from '@unrolled/errors';
import { checkOptions } from '../refuse';
import { eachExample, type TextCorpus } from './references';

/** A corpus, and how its texts are compared. */
export interface ExactMatchOptions extends TextCorpus {
  /** Whether case is ignored; default false. */
  lowercase?: boolean;
}

const KINDS: OptionKinds<ExactMatchOptions> = {
  hypotheses: 'array',
  references: 'array',
  lowercase: 'boolean?',
};

/**
 * The share of hypotheses, 0 … 1, that equal one of their references, white space included.
 *
 * @throws UnrolledError for lists that are empty or differ in length, and a value that is not a text
 */
export function exactMatch(options: ExactMatchOptions): number {
  const scope = 'exactMatch';
  checkOptions(scope, options, KINDS);
  const cased = (text: string) => (options.lowercase ? text.toLowerCase() : text);
  let matches = 0;
  eachExample(scope, options, (hypothesis, references) => {
    if (references.some((reference) => cased(reference) === cased(hypothesis))) matches += 1;
  });
  return matches / options.hypotheses.length;
}
