import type { OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions, checkPaired, checkText, refuse } from '../refuse';

/** The references of a hypothesis: one text, or several correct texts. */
export type References = string | readonly string[];

/** One hypothesis and its references. */
export interface TextExample {
  hypothesis: string;
  references: References;
}

/** A corpus. `references` has one entry for each hypothesis, in the same order. */
export interface TextCorpus {
  hypotheses: readonly string[];
  references: readonly References[];
}

/** The version of sacreBLEU that BLEU and chrF agree with. It is part of their signatures. */
export const SACREBLEU_VERSION = '2.6.0';

/**
 * Number of references of each example, or 'var' if it differs between examples; null before the first
 * example.
 */
export type ReferenceCount = number | 'var' | null;

/** Combines the number of references with that of another example. */
export function joinedCount(a: ReferenceCount, b: ReferenceCount): ReferenceCount {
  if (a === null || a === b) return b;
  return b === null ? a : 'var';
}

const EXAMPLE_KINDS: OptionKinds<TextExample> = { hypothesis: 'string', references: 'string or array' };

/** One example as its text and its list of references. Refuses values of other types, and unknown options. */
export function checkedExample(scope: string, example: TextExample): [string, readonly string[]] {
  checkOptions(scope, example, EXAMPLE_KINDS);
  return [example.hypothesis, listOfReferences(scope, 'references', example.references)];
}

/**
 * Iterates over a corpus. Refuses lists that are empty or differ in length, and values that are not texts.
 */
export function eachExample(
  scope: string,
  { hypotheses, references }: TextCorpus,
  visit: (hypothesis: string, references: readonly string[]) => void,
): void {
  checkPaired(scope, ['hypotheses', hypotheses], ['references', references]);
  for (let index = 0; index < hypotheses.length; index++) {
    const hypothesis = hypotheses[index];
    checkText(scope, `hypotheses[${index}]`, hypothesis);
    visit(hypothesis, listOfReferences(scope, `references[${index}]`, references[index]!));
  }
}

/** The references as a list. Refuses a value that is neither a text nor a list of at least one text. */
function listOfReferences(scope: string, what: string, references: References): readonly string[] {
  if (typeof references === 'string') return [references];
  checkKind(scope, what, references, 'string or array');
  if (references.length === 0) {
    refuse(scope, {
      expected: `at least one reference in ${what}`,
      got: 'none',
      remedy: 'leave out this example',
    });
  }
  for (let index = 0; index < references.length; index++) {
    checkText(scope, `${what}[${index}]`, references[index]);
  }
  return references;
}
