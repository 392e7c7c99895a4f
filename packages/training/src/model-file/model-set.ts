/**
 * Several models in one safetensors file, such as an encoder and a decoder, or the members of an ensemble:
 * each model's parameters as `<name>.<path>`, and everything else as one JSON text in the header's
 * `__metadata__` under `unrolled`. It contains no time stamp: equal models give equal bytes.
 */
import { type AnyPart, describe, type ModelDescription, modelFrom, parameterShapes } from '@unrolled/cells';
import { inWords, listed, type OptionKinds } from '@unrolled/errors';
import {
  readSafetensors,
  type SafetensorsFile,
  type SafetensorsTensor,
  writeSafetensors,
} from '@unrolled/safetensors';
import { checkModel } from '../check-model';
import { addTensors, type FileContent } from '../loop/checkpoint';
import { type Json, parse, requireChecksum } from '../loop/checkpoint-header';
import { checkJson } from '../loop/json';
import { checkRecord, type TensorData, type TensorRecord } from '../loop/snapshot';
import { checkKind, checkOptions, refuse } from '../refuse';

/** A model and its parameters as plain data. */
export interface ModelAndParams {
  /** A model of parts from `@unrolled/cells`. */
  readonly model: AnyPart;
  /** Parameters by path, as returned by `dataOf(params)`. */
  readonly params: TensorRecord;
}

/** Models that belong together. */
export interface ModelSet {
  readonly models: Readonly<Record<string, ModelAndParams>>;
  /** Additional JSON, such as the scaler or the settings. */
  readonly details: Json;
}

interface Header {
  readonly format: 'unrolled-models';
  readonly version: number;
  readonly models: Readonly<Record<string, ModelDescription>>;
  readonly details: Json;
}

const FORMAT_VERSION = 1;

const SET_KINDS: OptionKinds<ModelSet> = { models: 'object', details: 'value' };

/**
 * The bytes of a file of several models.
 *
 * @throws UnrolledError with code 'unsupported' if a model has a user-defined part
 */
export function encodeModels(set: ModelSet): Uint8Array {
  const { tensors, metadata } = modelSetContent('encodeModels', set);
  return writeSafetensors(tensors, metadata, { checksum: true });
}

/**
 * Reads the models in the bytes of a file of `encodeModels` or `saveModels`. Every description, name and
 * shape is checked, so the file need not be trusted. No tensor is created.
 *
 * @throws UnrolledError if the bytes are not such a file, are damaged, or contain parameters of another shape
 *   (code 'shape')
 */
export function decodeModels(bytes: Uint8Array): ModelSet {
  checkKind('decodeModels', 'bytes', bytes, 'Uint8Array');
  return modelSetFrom('decodeModels', readSafetensors(bytes));
}

/** The tensors and metadata of a file of several models. */
export function modelSetContent(scope: string, set: ModelSet): FileContent {
  checkOptions(scope, set, SET_KINDS, true);
  const { models, details } = set;
  checkJson(scope, 'details', details);
  for (const [name, one] of Object.entries(models)) {
    checkKind(scope, `models.${name}`, one, 'object');
    checkModel(scope, one.model);
    checkRecord(scope, `models.${name}.params`, one.params);
  }
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [name, { params }] of Object.entries(models)) addTensors(tensors, name, params);
  const descriptions = Object.entries(models).map(([name, { model }]) => [name, describe(model)]);
  const header: Header = {
    format: 'unrolled-models',
    version: FORMAT_VERSION,
    models: Object.fromEntries(descriptions),
    details,
  };
  return { tensors, metadata: { unrolled: JSON.stringify(header) } };
}

/** Reads the models in a parsed safetensors file. */
export function modelSetFrom(scope: string, { tensors, metadata, hasChecksum }: SafetensorsFile): ModelSet {
  const header = parse(metadata.unrolled ?? '') as Partial<Header> | null | undefined;
  const refuseFile = (got: string, remedy: string): never =>
    refuse(scope, { expected: 'a file of several models', got, remedy, code: 'format' });
  if (header?.format !== 'unrolled-models')
    return refuseFile('a safetensors file of another origin', 'pass a file of saveModels');
  if (header.version !== FORMAT_VERSION)
    return refuseFile(
      `a file of format version ${inWords(header.version)}`,
      'use the release of @unrolled/training that wrote the file',
    );
  requireChecksum(scope, hasChecksum);
  const { models, details } = header;
  if (typeof models !== 'object' || models === null || details === undefined)
    return refuseFile('a file without models or details', 'use another copy; this file is damaged');
  const left = new Set(tensors.keys());
  const entries = Object.entries(models).map(([name, description]): [string, ModelAndParams] => {
    const model = modelFrom(description);
    const params = Object.entries(parameterShapes(model)).map(([path, shape]) => {
      left.delete(`${name}.${path}`);
      return [path, tensorIn(scope, tensors, `${name}.${path}`, shape)];
    });
    return [name, { model, params: Object.fromEntries(params) }];
  });
  if (left.size > 0)
    refuseFile(
      `a file with tensors that belong to no model: ${listed([...left])}`,
      'use another copy; this file is damaged',
    );
  return { models: Object.fromEntries(entries), details };
}

function tensorIn(
  scope: string,
  tensors: FileContent['tensors'],
  name: string,
  shape: readonly number[],
): TensorData {
  const tensor = tensors.get(name);
  if (tensor?.dtype === 'F32' && String(tensor.shape) === String(shape))
    return { shape: tensor.shape, data: tensor.data };
  return refuse(scope, {
    expected: `'${name}' F32 [${shape.join(', ')}]`,
    got: tensor ? `${tensor.dtype} [${tensor.shape.join(', ')}]` : 'nothing of that name',
    remedy:
      'use another copy; the parameters belong to an architecture other than the one in the description',
    code: 'shape',
  });
}
