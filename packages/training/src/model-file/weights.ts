/**
 * Weights alone as one safetensors file. It is the file of a trained model without the description of the
 * model, so `loadModel(bytes, { model })` reads it too. Equal weights give equal bytes.
 */
import { type AnyPart, flattenParams, type ParamsOf, paramsFrom } from '@unrolled/cells';
import { inWords, UnrolledError } from '@unrolled/errors';
import { readSafetensors, type SafetensorsFile, writeSafetensors } from '@unrolled/safetensors';
import { checkModel } from '../check-model';
import type { FileContent } from '../loop/checkpoint';
import { dataOf, isTensorData, type TensorRecord } from '../loop/snapshot';
import { checkKind, refuse } from '../refuse';
import { modelFileFrom, weightsContent } from './file-content';

/**
 * Encodes a model's weights as one safetensors file, for `decodeWeights` and `loadWeights`.
 *
 * @param params tensors in the form of `model.init(seed)`, which belong to the caller; or their data by path,
 *   such as `snapshot.params` or `earlyStopping`'s `bestParams`
 * @throws UnrolledError if `params` are neither
 */
export function encodeWeights(params: unknown): Uint8Array {
  const { tensors, metadata } = weightsFile('encodeWeights', params);
  return writeSafetensors(tensors, metadata, { checksum: true });
}

/**
 * Reads the weights in the bytes of a file as new tensors in the form of `model.init(seed)`, which the caller
 * owns. The file may contain weights alone, a trained model, or a checkpoint. If a checkpoint has averaged
 * weights, these are used.
 *
 * @throws UnrolledError if the bytes are not such a file or are damaged. If a tensor's name, shape or dtype
 *   is not the model's, the error has code 'shape' and names the first such tensor with both shapes. No
 *   tensor leaks
 */
export function decodeWeights<L extends AnyPart>(bytes: Uint8Array, model: L): ParamsOf<L> {
  checkKind('decodeWeights', 'bytes', bytes, 'Uint8Array');
  checkModel('decodeWeights', model);
  return weightsFrom('decodeWeights', readSafetensors(bytes), model);
}

/** The tensors and metadata of a file of weights alone. */
export function weightsFile(scope: string, params: unknown): FileContent {
  return weightsContent(recordOf(scope, params));
}

/** Reads the weights in a parsed safetensors file. */
export function weightsFrom<L extends AnyPart>(scope: string, file: SafetensorsFile, model: L): ParamsOf<L> {
  return paramsFrom(model, modelFileFrom(scope, file).params);
}

function recordOf(scope: string, params: unknown): TensorRecord {
  if (typeof params !== 'object' || params === null) return refuseParams(scope, inWords(params));
  const all = Object.values(params);
  if (all.length > 0 && all.every(isTensorData)) return params as TensorRecord;
  // A promise or a Map has no properties of its own, and would be saved as a model without weights.
  const isPlain = Array.isArray(params) || Object.getPrototypeOf(params) === Object.prototype;
  if (all.length === 0 && !isPlain) return refuseParams(scope, inWords(params));
  const disposed = Object.entries(treeOf(scope, params)).find(([, { isDisposed }]) => isDisposed);
  return disposed ? refuseParams(scope, `a disposed tensor at '${disposed[0]}'`) : dataOf(params);
}

function treeOf(scope: string, params: unknown) {
  try {
    return flattenParams(params);
  } catch (error) {
    return refuseParams(scope, error instanceof UnrolledError ? error.got : inWords(params));
  }
}

function refuseParams(scope: string, got: string): never {
  refuse(scope, {
    expected: 'params: tensors in nested records and arrays, or their data by path',
    got,
    remedy: 'pass run.params, the result of model.init, or snapshot.params',
  });
}
