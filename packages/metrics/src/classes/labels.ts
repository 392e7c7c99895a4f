import { inWords } from '@unrolled/errors';
import { checkPaired, checkRows, refuse } from '../refuse';

/** A class's name or number. */
export type Label = number | string;

/** The true and the predicted labels, one for each example, in the same order. */
export type Labels = ArrayLike<Label>;

/**
 * The classes in order: the given ones, or those that occur, numbers in ascending order and texts by code
 * point.
 *
 * Refuses lists that are empty or differ in length, a label that is neither a finite number nor a text,
 * labels of mixed types, and a label that is not among the given ones.
 */
export function classesOf(
  scope: string,
  truth: Labels,
  predicted: Labels,
  given: Labels | undefined,
): { classes: Label[]; indexOf: ReadonlyMap<Label, number> } {
  checkPaired(scope, ['truth', truth], ['predicted', predicted]);
  if (given !== undefined) checkRows(scope, 'labels', given);
  const first = given?.[0] ?? truth[0];
  const found = new Set<Label>();
  for (const [what, labels] of [
    ['labels', given ?? []],
    ['truth', truth],
    ['predicted', predicted],
  ] as const) {
    for (let index = 0; index < labels.length; index++) {
      const label = labels[index]!;
      checkLabel(scope, `${what}[${index}]`, label, first);
      if (what === 'labels' && found.has(label)) {
        refuse(scope, {
          expected: 'unique labels',
          got: `${inWords(label)} twice`,
          remedy: 'remove one of them',
        });
      }
      if (what !== 'labels' && given !== undefined && !found.has(label)) {
        refuse(scope, {
          expected: `one of the ${given.length} labels at ${what}[${index}]`,
          got: inWords(label),
          remedy: 'add it to labels',
        });
      }
      found.add(label);
    }
  }
  const classes = given === undefined ? [...found].sort(compare) : Array.from(given);
  return { classes, indexOf: new Map(classes.map((label, index) => [label, index])) };
}

function checkLabel(scope: string, place: string, label: unknown, first: unknown): void {
  const fits = typeof label === 'string' || (typeof label === 'number' && Number.isFinite(label));
  if (fits && typeof label === typeof first) return;
  refuse(scope, {
    expected: `${fits ? `a ${typeof first}, like the other labels,` : 'a finite number or a text'} at ${place}`,
    got: inWords(label),
    remedy: typeof label === 'boolean' ? 'pass 1 and 0' : 'pass only numbers or only texts as labels',
  });
}

/** Orders numbers by size, texts by code point. */
function compare(a: Label, b: Label): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [Array.from(String(a)), Array.from(String(b))];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const difference = left[index]!.codePointAt(0)! - right[index]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
