/** Operations on the steps of a time-major sequence that depend on the length of each row. */
import { type AnyPart, isManyToOne } from '@unrolled/cells';
import { structureFor } from '../model';
import type { ExportContext } from './context';

/** A graph, and the lengths of the rows if it has that input. */
type Rows = Pick<ExportContext, 'graph'> & Partial<Pick<ExportContext, 'lengths'>>;

/** [T, B, O] → [B, O]: the last step of each row; zeros for a row of length 0 */
export function lastOf({ graph, lengths }: Rows, sequence: string): string {
  if (lengths === undefined) return graph.value('Gather', '', [sequence, graph.scalar(-1, 'int64')]);
  const last = graph.value('Sub', '', [lengths, graph.scalar(1, 'int32')]);
  const kept = keptWhere({ graph, lengths }, 'Equal', sequence, last);
  return graph.value('ReduceSum', '', [kept, graph.integers(0)], { keepdims: 0 });
}

/**
 * The sequence [T, B, O] at steps whose comparison with a number of the row [B] holds; elsewhere 0 or another
 * number.
 */
export function keptWhere(
  { graph }: Rows,
  comparison: 'Less' | 'Equal',
  sequence: string,
  rows: string,
  otherwise = 0,
): string {
  const times = graph.value('Unsqueeze', '', [stepsWithin({ graph }, sequence), graph.integers(1)]); // [T, 1]
  const compared = graph.value(comparison, '', [times, rows]); // [T, B]
  const kept = graph.value('Unsqueeze', '', [compared, graph.integers(2)]); // [T, B, 1]
  return graph.value('Where', '', [kept, sequence, graph.scalar(otherwise, 'float32')]);
}

/** 0 … T − 1 of [T, B, O], int32. */
export function stepsWithin({ graph }: Rows, sequence: string): string {
  const count = stepsOf({ graph }, sequence);
  const steps = graph.value('Range', '', [graph.scalar(0, 'int64'), count, graph.scalar(1, 'int64')]);
  return graph.value('Cast', '', [steps], { to: INT32 });
}

/** Sets the sequence [T, B, O] to 0 after the length of each row. */
export const masked = (rows: Rows, sequence: string) =>
  rows.lengths === undefined ? sequence : keptWhere(rows, 'Less', sequence, rows.lengths);

/** [B, O], 0 in rows of length 0 */
export function withoutEmptyRows({ graph, lengths }: Rows, output: string): string {
  if (lengths === undefined) return output;
  const some = graph.value('Greater', '', [lengths, graph.scalar(0, 'int32')]); // [B]
  const kept = graph.value('Unsqueeze', '', [some, graph.integers(1)]); // [B, 1]
  return graph.value('Where', '', [kept, output, graph.scalar(0, 'float32')]);
}

/** Reverses each row of [T, B, O] from its own last step. */
export function backwards({ graph, lengths }: Rows, sequence: string): string {
  // The operator requires a length of at least one step. Rows of zero or one step are unchanged anyway.
  const own = lengths && graph.value('Max', '', [lengths, graph.scalar(1, 'int32')]);
  const counts = own
    ? graph.value('Cast', '', [own], { to: INT64 })
    : graph.value('Expand', '', [stepsOf({ graph }, sequence), rowsOf({ graph }, sequence)]);
  return graph.value('ReverseSequence', '', [sequence, counts], { batch_axis: 1, time_axis: 0 });
}

const [INT32, INT64] = [6, 7];

/** T of [T, B, O], as a scalar. */
const stepsOf = ({ graph }: Rows, sequence: string) =>
  graph.value('Gather', '', [graph.value('Shape', '', [sequence]), graph.scalar(0, 'int64')]);

/** [B] of [T, B, O], as a shape. */
const rowsOf = ({ graph }: Rows, sequence: string) =>
  graph.value('Slice', '', [graph.value('Shape', '', [sequence]), graph.integers(1), graph.integers(2)]);

/**
 * The row lengths [B] of a part's output, from those of its input: the part's `lengthsAfter`, in the graph.
 */
export function lengthsAfter(context: ExportContext, part: AnyPart): string | undefined {
  const { graph, lengths } = context;
  const structure = structureFor('toOnnx', part);
  if (lengths === undefined || isManyToOne(part)) return lengths;
  switch (structure.type) {
    case 'dropoutWrapper':
      return lengthsAfter(context, structure.part);
    case 'stack':
      return lengthsAfterAll(context, structure.parts);
    case 'pool1d':
      return outputs(graph, lengths, structure.stride - structure.size, structure.stride);
    case 'conv1d': {
      const { kernelSize, dilation, stride, padding } = structure;
      const taps = (kernelSize - 1) * dilation + 1;
      if (padding === 'same' || padding === 'causal') return outputs(graph, lengths, stride - 1, stride);
      const [before, after] = padding === 'valid' ? [0, 0] : padding;
      const count = outputs(graph, lengths, before + after + stride - taps, stride);
      // Padding does not lengthen a row of length 0.
      const one = graph.value('Min', '', [lengths, graph.scalar(1, 'int32')]);
      return graph.value('Mul', '', [count, one]);
    }
    default:
      return lengths;
  }
}

/** The same for parts in sequence. */
export const lengthsAfterAll = (context: ExportContext, parts: readonly AnyPart[]) =>
  parts.reduce((lengths, part) => lengthsAfter({ ...context, lengths }, part), context.lengths);

/** ⌊(length + more) / stride⌋, at least 0. The operator's integer division truncates towards 0. */
function outputs(graph: ExportContext['graph'], lengths: string, more: number, stride: number): string {
  const sum = graph.value('Add', '', [lengths, graph.scalar(more, 'int32')]);
  const quotient = graph.value('Div', '', [sum, graph.scalar(stride, 'int32')]);
  return graph.value('Max', '', [quotient, graph.scalar(0, 'int32')]);
}
