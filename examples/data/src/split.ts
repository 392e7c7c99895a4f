import { createHash } from 'node:crypto';

/** Examples in three parts: training, validation and test. */
export interface Split<E> {
  readonly train: readonly E[];
  readonly validation: readonly E[];
  readonly test: readonly E[];
}

/**
 * Splits examples in groups that stay in one part, in the order of the groups' hashes: `counts.test` examples
 * to test, the next `counts.validation` to validation. A group that would exceed a count goes to the next
 * part.
 */
export function splitByHash<E>(
  examples: readonly E[],
  groupOf: (example: E) => string,
  counts: { readonly test: number; readonly validation: number },
): Split<E> {
  const groups = new Map<string, E[]>();
  for (const example of examples) {
    const group = createHash('sha256').update(groupOf(example)).digest('hex');
    groups.set(group, [...(groups.get(group) ?? []), example]);
  }
  const parts = { train: [] as E[], validation: [] as E[], test: [] as E[] };
  for (const [, group] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const fits = (part: 'test' | 'validation') => parts[part].length + group.length <= counts[part];
    parts[fits('test') ? 'test' : fits('validation') ? 'validation' : 'train'].push(...group);
  }
  return parts;
}
