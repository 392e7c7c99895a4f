import type { Rows } from './rows';

/** Examples with equal scores. */
export interface TieGroup {
  /** Number of examples of the class, and of the others. */
  readonly positives: number;
  readonly negatives: number;
}

/** Groups the examples by their score in one column, highest first; equal scores form one group. */
export function descendingGroups(
  truth: ArrayLike<number>,
  { values, columns }: Rows,
  column: number,
  label: number,
): TieGroup[] {
  const scoreOf = (row: number) => values[row * columns + column]!;
  const order = Uint32Array.from({ length: truth.length }, (_, row) => row).sort(
    (a, b) => scoreOf(b) - scoreOf(a),
  );
  const groups: { positives: number; negatives: number }[] = [];
  order.forEach((row, place) => {
    if (place === 0 || scoreOf(row) !== scoreOf(order[place - 1]!))
      groups.push({ positives: 0, negatives: 0 });
    if (truth[row] === label) groups.at(-1)!.positives += 1;
    else groups.at(-1)!.negatives += 1;
  });
  return groups;
}
