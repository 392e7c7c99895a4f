/**
 * A whole model with batch-major inputs and outputs, and images channels last. Inside, sequences are
 * time-major and images channels-first, as ONNX's operators require. Values after the length of a row do not
 * affect the valid ones: recurrent operators stop at the length, those over several steps read zeros there,
 * and others work step by step. One mask at the end sets these values to 0, as in our models.
 */
import { type AnyPart, isManyToOne } from '@unrolled/cells';
import { givesPictures, structureFor } from '../model';
import type { ExportContext } from './context';
import { addPart } from './parts';
import { lengthsAfter, lengthsAfterAll, masked, withoutEmptyRows } from './row-steps';

const INWARD = { ids: [1, 0], vectors: [1, 0, 2], pictures: [0, 3, 1, 2] };

/** Converts a model's input to the operators' layout. */
export function inward(graph: ExportContext['graph'], model: AnyPart, input: string): string {
  const kind: keyof typeof INWARD = model.inputKind ?? 'vectors';
  return graph.value('Transpose', '', [input], { perm: INWARD[kind] });
}

/**
 * Adds a model that reads `input`, [B, T, I], ids [B, T] or images [B, H, W, I], and returns its output:
 * [B, T, O], images, or [B, O] if the model has one output per row.
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
    // In a stack, parts after the time axis has ended change the zeros of a row of length 0.
    return withoutEmptyRows({ graph, lengths: lengthsAfterAll(context, structure.parts) }, output);
  }
  if (givesPictures(model)) return graph.value('Transpose', path, [output], { perm: [0, 2, 3, 1] });
  const whole = masked({ graph, lengths: lengthsAfter(context, model) }, output);
  return graph.value('Transpose', '', [whole], { perm: [1, 0, 2] });
}
