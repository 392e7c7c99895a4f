import { readPairs } from '@unrolled/data/node';
import { templateOf } from './messages';
import type { Sourced } from './nearest-source';
import { refuse } from './refuse';
import { type Split, splitByHash } from './split';

/**
 * Pairs of files, as `readPairs` reads them; those of one source are one example. A tenth of them, at most
 * 1,000, is the test, and as many are validation; sources that are equal but for placeholders and numbers
 * stay on one side.
 *
 * @param languages of a translation memory, source and target
 * @throws UnrolledError as `readPairs`, and for fewer than 20 sources
 */
export async function ownPairs(
  files: readonly string[],
  languages?: readonly [string, string],
): Promise<Split<Sourced>> {
  const found = new Map<string, Set<string>>();
  for await (const { source, target } of readPairs(files, { languages }))
    found.set(source, (found.get(source) ?? new Set()).add(target));
  const examples = [...found].map(([source, targets]) => ({ source, targets: [...targets] }));
  const count = Math.min(1000, Math.floor(examples.length / 10));
  const few = {
    expected: 'pairs of at least 20 sources',
    got: `${examples.length}`,
    remedy: 'give more of them',
  };
  if (count < 2) refuse('ownPairs', few);
  return splitByHash(examples, ({ source }) => templateOf(source), { test: count, validation: count });
}
