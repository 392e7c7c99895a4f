import { checkKind, checkPaired, checkText, refuse } from '../refuse';

/** What a hypothesis is held to: one text, or several that are all right. */
export type References = string | readonly string[];

/** One hypothesis and what it is held to. */
export interface TextExample {
  hypothesis: string;
  references: References;
}

/** A corpus: as many entries of references as hypotheses, in the same order. */
export interface TextCorpus {
  hypotheses: readonly string[];
  references: readonly References[];
}

/** The version of sacreBLEU whose numbers BLEU and chrF give; it stands in their signatures. */
export const SACREBLEU_VERSION = '2.6.0';

/** How many references the examples had: a number, or 'var' where they had differently many; null before the first. */
export type ReferenceCount = number | 'var' | null;

/** The count of references with another example's. */
export function joinedCount(a: ReferenceCount, b: ReferenceCount): ReferenceCount {
  if (a === null || a === b) return b;
  return b === null ? a : 'var';
}

/** The references as a list. Refuses what is no text or no list of at least one. */
export function listOfReferences(scope: string, references: References): readonly string[] {
  if (typeof references === 'string') return [references];
  checkKind(scope, 'references', references, 'array');
  if (references.length === 0) {
    refuse(scope, { expected: 'at least one reference for each hypothesis', got: 'none' });
  }
  for (const reference of references) checkText(scope, 'a reference', reference);
  return references;
}

/** Goes through a corpus; refuses lists that are empty or not as long as each other. */
export function eachExample(
  scope: string,
  { hypotheses, references }: TextCorpus,
  visit: (example: TextExample) => void,
): void {
  checkPaired(scope, ['hypotheses', hypotheses], ['references', references]);
  for (let index = 0; index < hypotheses.length; index++) {
    visit({ hypothesis: hypotheses[index]!, references: references[index]! });
  }
}
