/**
 * A whole model between batch-major values. Inside sequences are time-major, as ONNX's recurrent operators
 * are. What a runtime leaves past a row's length is no concern of the operators between: recurrent ones stop
 * at the length and the rest works step by step, so one mask at the end gives our zeros.
 */
import { type AnyPart, isManyToOne } from '@unrolled/cells';
import { structureFor } from '../model';
import type { ExportContext } from './context';
import { addPart } from './parts';
import { keptWhere } from './row-steps';

/**
 * Adds a model that reads `input`, [B, T, I] or ids [B, T], and gives its output, [B, T, O] or of a model that
 * gives one output a row [B, O].
 */
export function addModel(context: ExportContext, model: AnyPart, input: string, path = ''): string {
  const perm = model.inputKind === 'ids' ? [1, 0] : [1, 0, 2];
  const timeMajor = context.graph.value('Transpose', path, [input], { perm });
  const output = addPart(context, model, timeMajor, { path, statePath: path, reverse: false });
  if (!isManyToOne(model)) return wholeOf(context, output);
  // What follows lastOutput in a stack makes something of the zeros of a row of length 0.
  return structureFor('toOnnx', model).type === 'stack' ? withoutEmptyRows(context, output) : output;
}

/** [T, B, O] → [B, T, O], 0 past each row's length */
function wholeOf({ graph, lengths }: ExportContext, sequence: string): string {
  const masked = lengths === undefined ? sequence : keptWhere({ graph, lengths }, 'Less', sequence, lengths);
  return graph.value('Transpose', '', [masked], { perm: [1, 0, 2] });
}

/** [B, O], 0 in rows of length 0 */
function withoutEmptyRows({ graph, lengths }: ExportContext, output: string): string {
  if (lengths === undefined) return output;
  const some = graph.value('Greater', '', [lengths, graph.scalar(0, 'int32')]); // [B]
  const kept = graph.value('Unsqueeze', '', [some, graph.integers(1)]); // [B, 1]
  return graph.value('Where', '', [kept, output, graph.scalar(0, 'float32')]);
}
