import type { Rows } from './rows';

/** Examples with the same score. */
export interface TieGroup {
  /** How many are of the class, and how many are not. */
  readonly positives: number;
  readonly negatives: number;
}

/** The examples by one column's score, the highest first, those of equal scores together. */
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
