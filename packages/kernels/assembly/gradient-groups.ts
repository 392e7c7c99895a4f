/**
 * Weight gradients are summed over groups of rows, whose number depends only on the sizes (`gradientGroups`
 * in src), then over the groups in order. Threads share the groups and, within one, the panels of columns: a
 * thread then mostly reads rows that it has just written, while a split by columns alone would read half of
 * all from another core's cache. The first group's sums are in the gradients themselves, those of the others
 * in `partials`, one after the other.
 */
import { rangeBoundary } from './sequence';
import { addFloats } from './vector-math';

/**
 * The first of a group's panels that are thread `index`'s of `threads`, or one of a later thread's; from 0 to
 * `panels`.
 */
export function groupBoundary(group: i32, groups: i32, panels: i32, index: i32, threads: i32): i32 {
  return min(max(rangeBoundary(groups * panels, index, threads) - group * panels, 0), panels);
}

/** The address of the sums [rows, columns] of a group beyond the first. @inline */
export function partialSums(partials: usize, group: i32, rows: i32, columns: i32): usize {
  return partials + ((<usize>((group - 1) * rows * columns)) << 2);
}

/** target += row `row` of every group's sums [rows, columns] beyond the first. */
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
