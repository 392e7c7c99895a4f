/** A training run as plain data, and the tensors created from it. */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { flattenParams, mapTree } from '@unrolled/cells';
import { inWords } from '@unrolled/errors';
import { checkKind, refuse } from '../refuse';
import type { Averaging } from './averaging';
import { checkAlive } from './batch-tensors';
import type { Environment } from './environment';
import type { Json } from './json';
import type { ScheduleState } from './reduce-on-plateau';
import { type StartingParams, withTree } from './starting-params';

/** A tensor's values outside tfjs. */
export interface TensorData {
  readonly shape: readonly number[];
  /** Float32Array for float32, Int32Array for int32; row-major. */
  readonly data: Float32Array | Int32Array;
}

/** Tensors by path, such as `0.kernel`. */
export type TensorRecord = Readonly<Record<string, TensorData>>;

/** Everything that a run needs to resume exactly: plain data, without memory shared with the run. */
export interface Snapshot {
  /** Number of updates done. */
  readonly step: number;
  /** The epoch of the last update, from 1. */
  readonly epoch: number;
  /** Number of batches of that epoch that were used. */
  readonly cursor: number;
  /** Number of batches in an epoch; null if the source does not provide it. */
  readonly epochLength: number | null;
  readonly shuffle: boolean;
  /**
   * The seed. All random numbers are drawn from (seed, epoch) or (seed, step), so the seed is the generator's
   * whole state.
   */
  readonly seed: number;
  readonly params: TensorRecord;
  readonly optimizer: {
    readonly name: string;
    readonly settings: Readonly<Record<string, number>>;
    /** By slot name, then by parameter path. */
    readonly slots: Readonly<Record<string, TensorRecord>>;
  };
  /** The averaged parameters, and how they are averaged; null without averaging. */
  readonly averaging: (Averaging & { readonly params: TensorRecord }) | null;
  /** State of an adaptive learning rate; null for a plain one. */
  readonly learningRate: ScheduleState | null;
  /**
   * Settings that may be changed when a run resumes, but only deliberately. They include the settings of the
   * optimizer. Null allows any settings, as in older checkpoints.
   */
  readonly hyperparameters?: {
    /** The number, or the record of the schedule; null for a function without `settings`. */
    readonly learningRate: Json;
    readonly clip: Json;
  } | null;
  /** The recurrent state carried into the next batch; null without carry. */
  readonly state: TensorRecord | null;
  readonly environment: Environment;
}

/** Throws if a value is not a snapshot. */
export function checkSnapshot(
  scope: string,
  value: unknown,
  { expected, remedy }: { readonly expected: string; readonly remedy: string },
): asserts value is Snapshot {
  const complain = (got: string): never => refuse(scope, { expected, got, remedy });
  if (!isObject(value)) return complain(inWords(value));
  if (value instanceof Promise) return complain('a promise');
  const { params, optimizer, averaging, state, environment, ...run } = value as Partial<Snapshot>;
  const { step, epoch, cursor, seed } = run;
  if (![step, epoch, cursor].every(Number.isSafeInteger) || typeof seed !== 'number') {
    return complain('an object without step, epoch, cursor and seed');
  }
  if (!isObject(environment)) return complain('a snapshot without environment');
  const records: [what: string, record: unknown][] = [['params', params]];
  if (!isObject(optimizer?.slots)) return complain('a snapshot without optimizer.slots');
  for (const [slot, record] of Object.entries(optimizer.slots))
    records.push([`optimizer.slots.${slot}`, record]);
  if (averaging) records.push(['averaging.params', averaging.params]);
  if (state) records.push(['state', state]);
  for (const [what, record] of records) {
    if (!isObject(record) || !Object.values(record).every(isTensorData))
      complain(`a snapshot whose ${what} are not tensor data`);
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Whether a value is the data of a tensor, with its shape. */
export function isTensorData(value: unknown): value is TensorData {
  const { shape, data } = Object(value) as Partial<TensorData>;
  const isNumbers = data instanceof Float32Array || data instanceof Int32Array;
  return isNumbers && Array.isArray(shape) && tf.util.sizeFromShape(shape) === data.length;
}

/** Throws if a value is not a record of tensor data. */
export function checkRecord(scope: string, what: string, record: TensorRecord): void {
  checkKind(scope, what, record, 'object');
  if (Object.values(record).every(isTensorData)) return;
  refuse(scope, {
    expected: `${what}: { shape, data } by path`,
    got: inWords(record),
    remedy: 'pass snapshot.params, or the result of dataOf',
  });
}

/**
 * The tensors of a tree as plain data by path. The data share no memory with the tensors. The inverse of
 * `restoreParams`.
 */
export function dataOf(tree: unknown): TensorRecord {
  const entries = Object.entries(flattenParams(tree));
  return Object.fromEntries(entries.map(([path, tensor]) => [path, tensorData(tensor)]));
}

/** One tensor as plain data, copied. */
export function tensorData(tensor: Tensor): TensorData {
  checkAlive('dataOf', 'the tree', tensor, 'call it before the tensors are disposed of');
  return { shape: tensor.shape.slice(), data: tensor.dataSync().slice() as Float32Array | Int32Array };
}

/** A tensor with copied values, because updates in place must not change the data. */
export function tensorOf({ data, shape }: TensorData): Tensor {
  return tf.tensor(data.slice(), shape.slice(), data instanceof Int32Array ? 'int32' : 'float32');
}

/**
 * New tensors with the values of a snapshot's params, for example for sampling. The caller owns them.
 *
 * @param template the expected names and shapes: a tree, which belongs to the caller, or a function that
 *   creates one, whose tensors are freed, such as `() => model.init(0)`
 * @throws UnrolledError if a name is missing or extra, or a shape differs
 */
export function restoreParams<P>(template: StartingParams<P>, params: TensorRecord): P {
  checkRecord('restoreParams', 'params', params);
  return withTree(template, (tree) => restoreTree('restoreParams', 'parameter', tree, params));
}

/** New tensors with the values of `record` in the form of `template`. */
export function restoreTree<T>(scope: string, what: string, template: T, record: TensorRecord): T {
  checkFit(scope, what, template, record);
  return mapTree(template, (_, path) => tensorOf(record[path]!));
}

/** Throws if a record's names, shapes or dtypes differ from those of `template`. */
export function checkFit(scope: string, what: string, template: unknown, record: TensorRecord): void {
  const expected = flattenParams(template);
  for (const [path, tensor] of Object.entries(expected)) {
    const given = Object.hasOwn(record, path) ? record[path] : undefined;
    const type = given?.data instanceof Int32Array ? 'int32' : 'float32';
    if (given && type === tensor.dtype && tf.util.arraysEqual([...given.shape], tensor.shape)) continue;
    refuse(scope, {
      expected: `${what} '${path}' ${tensor.dtype} [${tensor.shape.join(', ')}] in the snapshot`,
      got: given ? `${type} [${given.shape.join(', ')}]` : 'nothing of that name',
      remedy: 'build the model of the snapshot; the architecture or batch size differs',
      code: 'shape',
    });
  }
  const extra = Object.keys(record).find((path) => !Object.hasOwn(expected, path));
  if (extra === undefined) return;
  refuse(scope, {
    expected: `${what} names ${Object.keys(expected).join(', ') || '(none)'} in the snapshot`,
    got: `also '${extra}'`,
    remedy: 'build the model of the snapshot; the architecture differs',
    code: 'shape',
  });
}
