import { readPairs } from '@unrolled/data/node';
import { templateOf } from './messages';
import type { Sourced } from './nearest-source';
import { refuse } from './refuse';
import { type Split, splitByHash } from './split';

/**
 * Pairs from files, read by `readPairs`. Pairs with the same source are one example. A tenth of them, at most
 * 1,000, is the test, and another tenth validation. Sources that differ only in placeholders and numbers are
 * in the same part.
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
    expected: 'pairs with at least 20 different sources',
    got: `${examples.length}`,
    remedy: 'add pairs to the files',
  };
  if (count < 2) refuse('ownPairs', few);
  return splitByHash(examples, ({ source }) => templateOf(source), { test: count, validation: count });
}
