/**
 * Weight gradients are summed over groups of rows, then over the groups in order. The number of groups
 * depends only on the sizes (`gradientGroups` in src). Threads share the groups and, within a group, the
 * panels of columns. A thread then mostly reads rows that it has just written. If threads split only the
 * columns, each would read half of the rows from another core's cache. The first group's sums are in the
 * gradients themselves; those of the other groups are in `partials`, concatenated.
 */
import { rangeBoundary } from './sequence';
import { addFloats } from './vector-math';

/**
 * The first of a group's panels that belongs to thread `index` of `threads`, or to a later thread; from 0 to
 * `panels`.
 */
export function groupBoundary(group: i32, groups: i32, panels: i32, index: i32, threads: i32): i32 {
  return min(max(rangeBoundary(groups * panels, index, threads) - group * panels, 0), panels);
}

/** The address of the sums [rows, columns] of a group other than the first. @inline */
export function partialSums(partials: usize, group: i32, rows: i32, columns: i32): usize {
  return partials + ((<usize>((group - 1) * rows * columns)) << 2);
}

/** target += row `row` of the sums [rows, columns] of every group other than the first. */
export function addPartialRow(
  target: usize,
  partials: usize,
  groups: i32,
  row: i32,
  rows: i32,
  columns: i32,
): void {
  for (let group = 1; group < groups; group++) {
    addFloats(
      target,
      target,
      partialSums(partials, group, rows, columns) + ((<usize>(row * columns)) << 2),
      columns,
    );
  }
}
