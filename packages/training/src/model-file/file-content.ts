/**
 * A trained model as one safetensors file: the parameters as `params.<path>`, and everything else as one JSON
 * text in the header's `__metadata__` under `unrolled`. It contains no time stamp: equal models give equal
 * bytes.
 */
import { type AnyPart, describe, type ModelDescription } from '@unrolled/cells';
import { UnrolledError } from '@unrolled/errors';
import type { SafetensorsFile, SafetensorsTensor } from '@unrolled/safetensors';
import { addTensors, checkpointFrom, type FileContent } from '../loop/checkpoint';
import { type Json, parse, requireChecksum } from '../loop/checkpoint-header';
import { checkJson } from '../loop/json';
import { dataOf, type TensorData, type TensorRecord } from '../loop/snapshot';
import { refuse } from '../refuse';

const FORMAT_VERSION = 1;

interface Header {
  readonly format: 'unrolled-model';
  readonly version: number;
  /** null for a model that cannot be described, and for weights alone. */
  readonly model: ModelDescription | null;
  readonly details: Json;
}

/** The description of a model in a file. */
export interface ModelFile {
  /** The unchecked description from the file; null or undefined if there is none. */
  readonly description: unknown;
  readonly params: TensorRecord;
  readonly details: Json;
}

/** The tensors and metadata of a model's file. */
export function modelContent(scope: string, model: AnyPart, params: unknown, details: Json): FileContent {
  checkJson(scope, 'details', details);
  return contentOf(descriptionOf(model), dataOf(params), details);
}

/** The tensors and metadata of a file of weights alone: a model file without a description of its model. */
export function weightsContent(params: TensorRecord): FileContent {
  return contentOf(null, params, null);
}

function contentOf(model: ModelDescription | null, params: TensorRecord, details: Json): FileContent {
  const tensors = new Map<string, SafetensorsTensor>();
  addTensors(tensors, 'params', params);
  const header: Header = { format: 'unrolled-model', version: FORMAT_VERSION, model, details };
  return { tensors, metadata: { unrolled: JSON.stringify(header) } };
}

/**
 * The description of a model; null if the model has a user-defined part, or an activation that is a function.
 */
function descriptionOf(model: AnyPart): ModelDescription | null {
  try {
    return describe(model);
  } catch (error) {
    if (error instanceof UnrolledError && error.code === 'unsupported') return null;
    throw error;
  }
}

/**
 * Reads the model in a safetensors file, which is a model file or a checkpoint. If a checkpoint has averaged
 * weights, these are used.
 */
export function modelFileFrom(scope: string, file: SafetensorsFile): ModelFile {
  const header = parse(file.metadata.unrolled ?? '') as Partial<Header> | null | undefined;
  if ((header?.format as string | undefined) === 'unrolled-checkpoint') {
    const { snapshot, config, model } = checkpointFrom(scope, file);
    return { description: model, params: snapshot.averaging?.params ?? snapshot.params, details: config };
  }
  const refuseFile = (got: string, remedy: string): never =>
    refuse(scope, { expected: 'a file of a trained model', got, remedy, code: 'format' });
  if (header?.format !== 'unrolled-model') {
    return refuseFile(
      'a safetensors file of another origin',
      "read another program's weights with @unrolled/interop or @unrolled/safetensors",
    );
  }
  if (header.version !== FORMAT_VERSION) {
    const version = JSON.stringify(header.version);
    return refuseFile(
      `a file of format version ${version}`,
      'use the release of @unrolled/training that wrote the file',
    );
  }
  requireChecksum(scope, file.hasChecksum);
  if (header.model === undefined || header.details === undefined) {
    return refuseFile(
      `a file without ${header.model === undefined ? 'model' : 'details'}`,
      'use another copy; this file is damaged',
    );
  }
  return {
    description: header.model,
    params: paramsOf(scope, file.tensors),
    details: header.details,
  };
}

function paramsOf(scope: string, tensors: FileContent['tensors']): TensorRecord {
  const entries = [...tensors].map(([name, { dtype, shape, data }]): [string, TensorData] => {
    if (!name.startsWith('params.') || (dtype !== 'F32' && dtype !== 'I32')) {
      refuse(scope, {
        expected: "float32 or int32 tensors named 'params.<path>'",
        got: `${dtype} '${name}'`,
        remedy: 'use another copy; this file is damaged',
        code: 'format',
      });
    }
    return [name.slice('params.'.length), { shape, data: data as Float32Array | Int32Array }];
  });
  return Object.fromEntries(entries);
}
