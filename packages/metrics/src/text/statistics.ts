/** Common code of the running scores of texts: counts are checked, added and converted to a score. */
import { inWords } from '@unrolled/errors';
import { checkKind, refuse } from '../refuse';
import type { Running } from '../running';
import {
  checkedExample,
  eachExample,
  joinedCount,
  type ReferenceCount,
  type TextCorpus,
  type TextExample,
} from './references';

/** Counts of a corpus: numbers, lists of numbers, and the number of references of its examples. */
interface Sums {
  readonly settings: string;
  readonly examples: number;
}

/** A running score's internal functions. */
export interface Counter<S extends Sums, Score> {
  /** The public function that errors name. */
  readonly scope: string;
  readonly sums: S;
  /** Adds the counts of an example to the totals. */
  count(hypothesis: string, references: readonly string[]): void;
  score(): Score;
}

/** Creates the public object from the internal functions. */
export function runningOf<S extends Sums, Score>(counter: Counter<S, Score>): Running<TextExample, S, Score> {
  const { scope, sums } = counter;
  return {
    update(example) {
      counter.count(...checkedExample(scope, example));
    },
    merge(statistics) {
      checkStatistics(scope, sums, statistics);
      for (const name of namesOf(sums)) sums[name] = added(name, sums[name], statistics[name]);
    },
    statistics: () => structuredClone(sums),
    compute() {
      if (sums.examples > 0) return counter.score();
      return refuse(scope, {
        expected: 'at least one example',
        got: 'none',
        remedy: 'call update before compute',
        code: 'state',
      });
    },
  };
}

/** Computes the score of a whole corpus. */
export function scoreOfCorpus<S extends Sums, Score>(counter: Counter<S, Score>, corpus: TextCorpus): Score {
  eachExample(counter.scope, corpus, counter.count);
  return counter.score();
}

/** Refuses statistics of another metric or of other settings, and totals that are not counts. */
function checkStatistics<S extends Sums>(scope: string, own: S, given: S): void {
  checkKind(scope, 'statistics', given, 'object');
  if (given.settings !== own.settings) {
    refuse(scope, {
      expected: `statistics with the settings ${own.settings}`,
      got: inWords(given.settings),
      remedy: 'use the same metric and options for both',
    });
  }
  for (const name of namesOf(own)) {
    if (fits(name, own[name], given[name])) continue;
    refuse(scope, {
      expected: `counts in statistics.${name}`,
      got: inWords(given[name]),
      remedy: 'pass the object that statistics() returned',
    });
  }
}

function namesOf<S extends Sums>(sums: S): (keyof S & string)[] {
  return (Object.keys(sums) as (keyof S & string)[]).filter((name) => name !== 'settings');
}

function fits(name: string, own: unknown, given: unknown): boolean {
  if (Array.isArray(own)) return Array.isArray(given) && given.length === own.length && given.every(isCount);
  return isCount(given) || (name === 'references' && (given === null || given === 'var'));
}

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;

function added<T>(name: string, own: T, given: T): T {
  if (name === 'references') return joinedCount(own as ReferenceCount, given as ReferenceCount) as T;
  if (Array.isArray(own)) return own.map((count, index) => count + (given as number[])[index]!) as T;
  return ((own as number) + (given as number)) as T;
}
