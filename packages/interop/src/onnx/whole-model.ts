/**
 * A whole model between batch-major values. Inside sequences are time-major, as ONNX's recurrent operators
 * are. What a runtime leaves past a row's length is no concern of the operators between: recurrent ones stop
 * at the length and the rest works step by step, so one mask at the end gives our zeros.
 */
import type { AnyPart } from '@unrolled/cells';
import { structureFor } from '../model';
import type { ExportContext } from './context';
import { addPart } from './parts';

/** Whether a model gives [B, O] instead of [B, T, O]. */
export const isManyToOne = (model: AnyPart) => structureFor('toOnnx', model).type === 'lastOutput';

/**
 * Adds a model that reads `input`, [B, T, I] or ids [B, T], and gives its output, [B, T, O] or of
 * `lastOutput` [B, O].
 */
export function addModel(context: ExportContext, model: AnyPart, input: string, path = ''): string {
  const structure = structureFor('toOnnx', model);
  const perm = model.inputKind === 'ids' ? [1, 0] : [1, 0, 2];
  const timeMajor = context.graph.value('Transpose', path, [input], { perm });
  const place = { path, statePath: path, reverse: false };
  if (structure.type !== 'lastOutput') return wholeOf(context, addPart(context, model, timeMajor, place));
  return lastOf(context, addPart(context, structure.part, timeMajor, place));
}

/** [T, B, O] → [B, T, O], 0 past each row's length */
function wholeOf({ graph, lengths }: ExportContext, sequence: string): string {
  const masked = lengths === undefined ? sequence : keptWhere({ graph, lengths }, 'Less', sequence, lengths);
  return graph.value('Transpose', '', [masked], { perm: [1, 0, 2] });
}

/** [T, B, O] → [B, O]; zeros for a row of length 0 */
function lastOf({ graph, lengths }: ExportContext, sequence: string): string {
  if (lengths === undefined) return graph.value('Gather', '', [sequence, graph.scalar(-1, 'int64')]);
  const last = graph.value('Sub', '', [lengths, graph.scalar(1, 'int32')]);
  const kept = keptWhere({ graph, lengths }, 'Equal', sequence, last);
  return graph.value('ReduceSum', '', [kept, graph.integers(0)], { keepdims: 0 });
}

/** The sequence [T, B, O] at steps that compare so with a number for each row [B], else 0. */
function keptWhere(
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
