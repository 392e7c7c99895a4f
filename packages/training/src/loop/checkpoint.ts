/**
 * A snapshot as one safetensors file: the weights as `params.<path>`, the optimizer's slots as
 * `optimizer.<slot>.<path>`, the averaged weights as `averages.<path>`, the carried state as `state.<path>`,
 * and everything else as one JSON text in the header's `__metadata__` under `unrolled`. It contains no time
 * stamp: equal snapshots give equal bytes.
 */
import { type ModelDescription, modelFrom } from '@unrolled/cells';
import type { OptionKinds } from '@unrolled/errors';
import {
  readSafetensors,
  type SafetensorsFile,
  type SafetensorsTensor,
  writeSafetensors,
} from '@unrolled/safetensors';
import { checkKind, checkOptions, refuse } from '../refuse';
import { type ConfigGuard, type ConfigParser, withCheckedConfig } from './checkpoint-config';
import { checkHeader, formatVersion, type Header, headerProblem, type Json } from './checkpoint-header';
import { checkJson } from './json';
import { checkSnapshot, type Snapshot, type TensorData, type TensorRecord } from './snapshot';

/** A checkpoint's content. */
export interface Checkpoint<C = Json> {
  readonly snapshot: Snapshot;
  /** The caller's data, such as a vocabulary or the model's options. */
  readonly config: C;
  /** The model, if the checkpoint describes it. */
  readonly model?: ModelDescription;
}

/** The contents of a checkpoint besides the snapshot. */
export interface CheckpointOptions {
  /** Any JSON value, such as a vocabulary. */
  readonly config?: Json;
  /** The result of `describe` of `@unrolled/cells` for the model, so `loadModel` can build it. */
  readonly model?: ModelDescription;
}

/** A safetensors file's tensors and metadata. */
export interface FileContent {
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const SNAPSHOT = {
  expected: 'a snapshot of a run',
  remedy: 'pass run.snapshot(); for the model alone use saveModel, or trainedModel(…).toBytes()',
};

const KINDS: OptionKinds<CheckpointOptions> = { config: 'value?', model: 'object?' };

/** The tensors and metadata of a checkpoint file. */
export function checkpointContent(
  scope: string,
  snapshot: Snapshot,
  options: CheckpointOptions = {},
): FileContent {
  checkSnapshot(scope, snapshot, SNAPSHOT);
  checkOptions(scope, options, KINDS);
  const { config = null, model } = options;
  checkJson(scope, 'config', config);
  checkJson(scope, 'hyperparameters', snapshot.hyperparameters ?? null);
  if (model !== undefined) modelFrom(model); // Throws if it is not a description.
  const { params, optimizer, averaging, state, ...rest } = snapshot;
  const tensors = new Map<string, SafetensorsTensor>();
  const add = (prefix: string, record: TensorRecord) => addTensors(tensors, prefix, record);
  add('params', params);
  for (const [slot, record] of Object.entries(optimizer.slots)) add(`optimizer.${slot}`, record);
  if (averaging) add('averages', averaging.params);
  if (state) add('state', state);
  const header: Header = {
    format: 'unrolled-checkpoint',
    version: formatVersion,
    run: rest,
    optimizer: {
      name: optimizer.name,
      settings: optimizer.settings,
      slots: Object.keys(optimizer.slots),
    },
    averaging: averaging && { decay: averaging.decay },
    names: { params: Object.keys(params), state: state && Object.keys(state) },
    config,
    ...(model && { model }),
  };
  const problem = headerProblem(header);
  if (problem !== undefined) refuse(scope, { ...SNAPSHOT, got: `a snapshot whose ${problem}` });
  return { tensors, metadata: { unrolled: JSON.stringify(header) } };
}

/** Adds a record's tensors as `<prefix>.<path>`. */
export function addTensors(
  tensors: Map<string, SafetensorsTensor>,
  prefix: string,
  record: TensorRecord,
): void {
  for (const [path, { shape, data }] of Object.entries(record)) {
    const dtype = data instanceof Int32Array ? 'I32' : 'F32';
    tensors.set(`${prefix}.${path}`, { dtype, shape, data } as SafetensorsTensor);
  }
}

/** A checkpoint file's bytes. */
export function encodeCheckpoint(snapshot: Snapshot, options: CheckpointOptions = {}): Uint8Array {
  const { tensors, metadata } = checkpointContent('encodeCheckpoint', snapshot, options);
  return writeSafetensors(tensors, metadata, { checksum: true });
}

/**
 * Reads a checkpoint file's bytes.
 *
 * The option `check` determines the type of `config`: a type guard, or a function that returns it typed or
 * throws, such as zod's `schema.parse`. Without it `config` is `Json`.
 *
 * @throws UnrolledError if the bytes are truncated, not safetensors, or not a checkpoint of this package, or
 *   if `check` refuses the config
 */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint;
export function decodeCheckpoint<C>(bytes: Uint8Array, options: ConfigGuard<C>): Checkpoint<C>;
export function decodeCheckpoint<C>(bytes: Uint8Array, options: ConfigParser<C>): Checkpoint<C>;
export function decodeCheckpoint(bytes: Uint8Array, options?: ConfigParser<unknown>): Checkpoint<unknown> {
  checkKind('decodeCheckpoint', 'bytes', bytes, 'Uint8Array');
  return withCheckedConfig(
    'decodeCheckpoint',
    checkpointFrom('decodeCheckpoint', readSafetensors(bytes)),
    options,
  );
}

/** Reads the checkpoint in a parsed safetensors file. */
export function checkpointFrom(scope: string, file: SafetensorsFile): Checkpoint {
  const { run, optimizer, averaging, names, config, model } = checkHeader(scope, file);
  const take = (prefix: string, paths: readonly string[]): TensorRecord =>
    Object.fromEntries(
      paths.map((path) => [path, takeTensor(scope, `${prefix}.${path}`, file.tensors)] as const),
    );
  return {
    snapshot: {
      ...run,
      params: take('params', names.params),
      optimizer: {
        name: optimizer.name,
        settings: optimizer.settings,
        slots: Object.fromEntries(
          optimizer.slots.map((slot) => [slot, take(`optimizer.${slot}`, names.params)] as const),
        ),
      },
      averaging: averaging ? { decay: averaging.decay, params: take('averages', names.params) } : null,
      state: names.state && take('state', names.state),
    },
    config,
    ...(model && { model }),
  };
}

function takeTensor(
  scope: string,
  name: string,
  tensors: ReadonlyMap<string, SafetensorsTensor>,
): TensorData {
  const tensor = tensors.get(name);
  if (tensor?.dtype === 'F32' || tensor?.dtype === 'I32') {
    return { shape: tensor.shape, data: tensor.data };
  }
  return refuse(scope, {
    expected: `a float32 or int32 tensor '${name}' in the checkpoint`,
    got: tensor?.dtype ?? 'none',
    remedy: 'use an earlier checkpoint; this file is damaged',
    code: 'format',
  });
}
