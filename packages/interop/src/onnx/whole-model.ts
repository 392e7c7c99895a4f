/**
 * A whole model between batch-major values, pictures channels last. Inside, sequences are time-major and
 * pictures channels-first, as in ONNX's operators. Values past a row's length do not affect most operators:
 * recurrent ones stop at the length, those over several steps read zeros there, and the rest works step by
 * step, so one mask at the end gives our zeros.
 */
import { type AnyPart, isManyToOne } from '@unrolled/cells';
import { givesPictures, structureFor } from '../model';
import type { ExportContext } from './context';
import { addPart } from './parts';
import { lengthsAfter, lengthsAfterAll, masked, withoutEmptyRows } from './row-steps';

const INWARD = { ids: [1, 0], vectors: [1, 0, 2], pictures: [0, 3, 1, 2] };

/** A model's input in the operators' layout. */
export function inward(graph: ExportContext['graph'], model: AnyPart, input: string): string {
  const kind: keyof typeof INWARD = model.inputKind ?? 'vectors';
  return graph.value('Transpose', '', [input], { perm: INWARD[kind] });
}

/**
 * Adds a model that reads `input`, [B, T, I], ids [B, T] or pictures [B, H, W, I], and returns its output,
 * [B, T, O], pictures, or of a model that gives one output a row [B, O].
 */
export function addModel(context: ExportContext, model: AnyPart, input: string, path = ''): string {
  const { graph } = context;
  const output = addPart(context, model, inward(graph, model, input), {
    path,
    statePath: path,
    reverse: false,
  });
  const structure = structureFor('toOnnx', model);
  if (isManyToOne(model)) {
    if (structure.type !== 'stack') return output;
    // Parts after the end of the time axis in a stack change the zeros of a row of length 0.
    return withoutEmptyRows({ graph, lengths: lengthsAfterAll(context, structure.parts) }, output);
  }
  if (givesPictures(model)) return graph.value('Transpose', path, [output], { perm: [0, 2, 3, 1] });
  const whole = masked({ graph, lengths: lengthsAfter(context, model) }, output);
  return graph.value('Transpose', '', [whole], { perm: [1, 0, 2] });
}
