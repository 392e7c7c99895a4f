/** Steps of a time-major sequence by each row's length. */
import type { ExportContext } from './context';

/** [T, B, O] → [B, O], each row's last step; zeros for a row of length 0 */
export function lastOf({ graph, lengths }: ExportContext, sequence: string): string {
  if (lengths === undefined) return graph.value('Gather', '', [sequence, graph.scalar(-1, 'int64')]);
  const last = graph.value('Sub', '', [lengths, graph.scalar(1, 'int32')]);
  const kept = keptWhere({ graph, lengths }, 'Equal', sequence, last);
  return graph.value('ReduceSum', '', [kept, graph.integers(0)], { keepdims: 0 });
}

/** The sequence [T, B, O] at steps that compare so with a number for each row [B], else 0. */
export function keptWhere(
  { graph }: Pick<ExportContext, 'graph' | 'lengths'>,
  comparison: 'Less' | 'Equal',
  sequence: string,
  rows: string,
): string {
  const shape = graph.value('Shape', '', [sequence]);
  const count = graph.value('Gather', '', [shape, graph.scalar(0, 'int64')]);
  const steps = graph.value('Range', '', [graph.scalar(0, 'int64'), count, graph.scalar(1, 'int64')]);
  const column = graph.value('Unsqueeze', '', [steps, graph.integers(1)]); // [T, 1]
  const times = graph.value('Cast', '', [column], { to: 6 }); // int32
  const compared = graph.value(comparison, '', [times, rows]); // [T, B]
  const kept = graph.value('Unsqueeze', '', [compared, graph.integers(2)]); // [T, B, 1]
  return graph.value('Where', '', [kept, sequence, graph.scalar(0, 'float32')]);
}
