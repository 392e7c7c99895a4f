import type { OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions, checkPaired, checkText, refuse } from '../refuse';

/** The reference of a hypothesis: one text, or several correct ones. */
export type References = string | readonly string[];

/** One hypothesis and its references. */
export interface TextExample {
  hypothesis: string;
  references: References;
}

/** A corpus: as many entries of references as hypotheses, in the same order. */
export interface TextCorpus {
  hypotheses: readonly string[];
  references: readonly References[];
}

/** The version of sacreBLEU whose numbers BLEU and chrF give; it is in their signatures. */
export const SACREBLEU_VERSION = '2.6.0';

/**
 * How many references the examples had: a number, or 'var' where they had differently many; null before the
 * first.
 */
export type ReferenceCount = number | 'var' | null;

/** The count of references with another example's. */
export function joinedCount(a: ReferenceCount, b: ReferenceCount): ReferenceCount {
  if (a === null || a === b) return b;
  return b === null ? a : 'var';
}

const EXAMPLE_KINDS: OptionKinds<TextExample> = { hypothesis: 'string', references: 'string or array' };

/** One example as its text and its list of references. Refuses what is neither, and an unknown name. */
export function checkedExample(scope: string, example: TextExample): [string, readonly string[]] {
  checkOptions(scope, example, EXAMPLE_KINDS);
  return [example.hypothesis, listOfReferences(scope, 'references', example.references)];
}

/**
 * Goes through a corpus; refuses lists that are empty or not as long as each other, and what is no text in
 * them.
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

/** The references as a list. Refuses what is no text or no list of at least one. */
function listOfReferences(scope: string, what: string, references: References): readonly string[] {
  if (typeof references === 'string') return [references];
  checkKind(scope, what, references, 'string or array');
  if (references.length === 0) {
    refuse(scope, {
      expected: `at least one reference in ${what}`,
      got: 'none',
      remedy: 'leave the example out',
    });
  }
  for (let index = 0; index < references.length; index++) {
    checkText(scope, `${what}[${index}]`, references[index]);
  }
  return references;
}
