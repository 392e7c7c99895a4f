/** The tensors of a step that the plan does not own: batch, parameters, slots and state. */
import { Tensor, type Variable } from '@tensorflow/tfjs-core';
import type { ResidentData, UnrolledBackend } from '../backend/unrolled-backend';
import type { Resident } from '../kernels/host';
import { ownAddress } from '../kernels/update-parameters';
import type { PlanArray, PlanBatch, PlanCall, PlanLabels } from './plan-call';
import type { PlanModel } from './plan-model';
import type { PlanShape, StepPlan } from './step-plan';

/**
 * The last known addresses of tensors that every step needs. A tensor that has not moved is not looked up
 * again.
 */
export class Followed {
  private readonly known = new Map<Tensor, { dataId: object; data: ResidentData }>();

  /** The address of a variable that is about to be overwritten. */
  own(backend: UnrolledBackend, variable: Variable): number {
    const known = this.known.get(variable);
    if (known?.dataId === variable.dataId && known.data.isAlone) {
      known.data.willChange();
      return known.data.address;
    }
    const address = ownAddress(backend, variable);
    this.known.set(variable, {
      dataId: variable.dataId,
      data: backend.resident(variable, 'a parameter'),
    });
    return address;
  }
}

/**
 * The shape of a plan for the batch; undefined if plans do not support the batch or it does not fit the
 * model.
 */
export function planShape(model: PlanModel, call: PlanCall, training: boolean): PlanShape | undefined {
  const { inputs, targets, lengths, weights } = call.batch;
  const { readsIds, inputSize, outputSize, isManyToOne } = model;
  const source = sourceShape(model, call);
  if (source === null) return undefined;
  const [batch, time, width] = inputs.shape as [number, number, number | undefined];
  if (inputs.shape.length !== (readsIds ? 2 : 3) || (!readsIds && width !== inputSize)) return undefined;
  if (!(batch > 0 && time > 0)) return undefined;
  const isEntropy = model.loss === 'crossEntropy';
  const isCtc = model.loss === 'ctc';
  const expected = isCtc
    ? [batch, targets.shape[1]!]
    : [batch, ...(isManyToOne ? [] : [time]), ...(isEntropy ? [] : [outputSize])];
  if (!isSame(targets.shape, expected)) return undefined;
  if (lengths && lengths.length !== batch) return undefined;
  if (
    weights &&
    !(isSame(weights.shape, expected) && weights.dtype === 'float32' && !(lengths && !isManyToOne))
  )
    return undefined;
  return {
    ...{ batch, time, training, inputs: inputs.shape, targets: targets.shape },
    source,
    hasLengths: lengths !== undefined,
    counts: weights ? 'weights' : lengths && !isManyToOne && !isCtc ? 'lengths' : 'all',
    carries: call.state !== undefined,
  };
}

/** Undefined if the model has no source, null if the given source does not fit it. */
function sourceShape({ source }: PlanModel, { batch, state }: PlanCall): PlanShape['source'] | null {
  const given = batch.source;
  if (!source || !given) return source || given ? null : undefined;
  const { shape } = given.inputs;
  const [rows, positions, width] = shape as [number, number, number | undefined];
  const fits = source.readsIds ? shape.length === 2 : shape.length === 3 && width === source.inputSize;
  if (!fits || state || rows !== batch.inputs.shape[0] || !(positions > 0)) return null;
  if (given.lengths && given.lengths.length !== rows) return null;
  return { inputs: shape, hasLengths: given.lengths !== undefined };
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let n = 0; n < a.length; n++) if (a[n] !== b[n]) return false;
  return true;
}

/** Whether a plan of that shape fits a batch. It allocates no object, because it runs in every step. */
export function isPlanFor(shape: PlanShape, { batch, state }: PlanCall, training: boolean): boolean {
  const { inputs, targets, source, lengths, weights } = batch;
  return (
    (source
      ? shape.source !== undefined &&
        isSame(shape.source.inputs, source.inputs.shape) &&
        shape.source.hasLengths === (source.lengths !== undefined)
      : !shape.source) &&
    shape.training === training &&
    shape.carries === (state !== undefined) &&
    isSame(shape.inputs, inputs.shape) &&
    isSame(shape.targets, targets.shape) &&
    (lengths ? shape.hasLengths && lengths.length === shape.batch : !shape.hasLengths) &&
    (weights
      ? shape.counts === 'weights' && isSame(weights.shape, shape.targets) && weights.dtype === 'float32'
      : shape.counts !== 'weights')
  );
}

/** Sets everything that a plan reads and writes; returns false if the plan cannot be used for it. */
export function bindAll(
  backend: UnrolledBackend,
  plan: StepPlan,
  model: PlanModel,
  call: PlanCall,
  followed: Followed,
): boolean {
  const { batch } = call;
  return (
    bindParameters(backend, plan, call, followed) &&
    bindStates(backend, plan, call) &&
    bindRowLengths(backend, plan, batch) &&
    bindSource(backend, plan, model, batch) &&
    bindInputs(backend, plan, model, batch) &&
    bindTargets(backend, plan, model, batch) &&
    bindWeights(backend, plan, model, batch)
  );
}

function bindParameters(
  backend: UnrolledBackend,
  plan: StepPlan,
  { parameters }: PlanCall,
  followed: Followed,
): boolean {
  const { tensors, shape } = plan;
  for (let n = 0; n < parameters.length; n++) {
    const { variable, slots } = parameters[n]!;
    if (variable.isDisposed || variable.dtype !== 'float32') return false;
    if (!shape.training) {
      plan.bind(tensors.parameters[n]!, backend.address(variable, 'a parameter'));
      continue;
    }
    plan.bind(tensors.parameters[n]!, followed.own(backend, variable as Variable));
    for (let slot = 0; slot < slots.length; slot++)
      plan.bind(tensors.slots[slot]![n]!, followed.own(backend, slots[slot]!));
  }
  return true;
}

/** The state is overwritten, so its memory must not be shared. */
function bindStates(backend: UnrolledBackend, plan: StepPlan, { state }: PlanCall): boolean {
  for (const [path, own] of plan.tensors.states) {
    const given = state?.[path];
    if (!given || given.isDisposed || given.dtype !== 'float32' || !isSame(given.shape, own.before.shape))
      return false;
    if (backend.refCount(given.dataId) > 1) return false;
    own.address = backend.address(given, 'a state');
    plan.bind(own.before, own.address);
  }
  return true;
}

/** The lengths that the layers read: those of the source, if there is one. */
function bindRowLengths({ engine }: UnrolledBackend, plan: StepPlan, batch: PlanBatch): boolean {
  const { source, time: steps } = plan.shape;
  if (source && !areLengths(batch.lengths, steps)) return false;
  const lengths = source ? batch.source!.lengths : batch.lengths;
  const time = source ? source.inputs[1]! : steps;
  if (!lengths) return true;
  const at = plan.rowLengths / 4;
  for (let row = 0; row < lengths.length; row++) {
    const length = lengths[row]!;
    if (!Number.isInteger(length) || length < 0 || length > time) return false;
    engine.int32[at + row] = length;
  }
  return true;
}

function areLengths(lengths: ArrayLike<number> | undefined, most: number): boolean {
  for (let row = 0; row < (lengths?.length ?? 0); row++) {
    const length = lengths![row]!;
    if (!Number.isInteger(length) || length < 0 || length > most) return false;
  }
  return true;
}

function bindSource(backend: UnrolledBackend, plan: StepPlan, model: PlanModel, batch: PlanBatch): boolean {
  const { source } = plan.tensors;
  if (!source) return true;
  const { inputs, lengths } = batch.source!;
  if (lengths) {
    const [rows, positions] = source.valid.shape as [number, number];
    const { float32 } = backend.engine;
    for (let row = 0, start = source.valid.address / 4; row < rows; row++, start += positions) {
      float32.fill(1, start, start + lengths[row]!);
      float32.fill(0, start + lengths[row]!, start + positions);
    }
  }
  return model.source!.readsIds
    ? writeIds(backend, source.inputs, inputs, model.source!.inputSize, lengths)
    : bindFloats(backend, plan, source.inputs, inputs);
}

function bindInputs(backend: UnrolledBackend, plan: StepPlan, model: PlanModel, batch: PlanBatch): boolean {
  const { inputs } = plan.tensors;
  return model.readsIds
    ? writeIds(backend, inputs, batch.inputs, model.inputSize, batch.lengths)
    : bindFloats(backend, plan, inputs, batch.inputs);
}

function bindTargets(backend: UnrolledBackend, plan: StepPlan, model: PlanModel, batch: PlanBatch): boolean {
  const { targets } = plan.tensors;
  const isLabels = 'rows' in batch.targets;
  if (isLabels) return model.loss === 'ctc' && writeLabels(backend, plan, model, batch.targets);
  if (model.loss === 'ctc') return false;
  if (model.loss !== 'crossEntropy') return bindFloats(backend, plan, targets, batch.targets);
  const lengths = model.isManyToOne ? undefined : batch.lengths;
  return writeIds(backend, targets, batch.targets, model.outputSize, lengths);
}

function bindFloats(
  backend: UnrolledBackend,
  plan: StepPlan,
  place: Resident,
  { values }: PlanArray,
): boolean {
  if (!(values instanceof Tensor) || values.dtype !== 'float32' || values.isDisposed) return false;
  plan.bind(place, backend.address(values, 'a batch'));
  return true;
}

/** Copies and counts the rows' labels; returns false if a label is the blank, 0, or not a class. */
function writeLabels(
  { engine }: UnrolledBackend,
  { tensors: { targets, labelCounts } }: StepPlan,
  { outputSize }: PlanModel,
  { rows }: PlanLabels,
): boolean {
  const { int32 } = engine;
  const [batch, width] = targets.shape as [number, number];
  if (rows.length !== batch) return false;
  for (let row = 0; row < batch; row++) {
    const labels = rows[row]!;
    if (labels.length > width) return false;
    int32[labelCounts!.address / 4 + row] = labels.length;
    const base = targets.address / 4 + row * width;
    for (let n = 0; n < labels.length; n++) {
      const label = labels[n]!;
      if (!(label > 0 && label < outputSize && (label | 0) === label)) return false;
      int32[base + n] = label;
    }
    int32.fill(0, base + labels.length, base + width);
  }
  return true;
}

/** Copies ids, with 0 past the rows' lengths; returns false if an id is out of range. */
function writeIds(
  { engine, data }: UnrolledBackend,
  { address, shape }: Resident,
  { values }: PlanArray,
  count: number,
  lengths: ArrayLike<number> | undefined,
): boolean {
  let ids = values as ArrayLike<number>;
  if (values instanceof Tensor) {
    if (values.dtype !== 'int32' || values.isDisposed) return false;
    ids = data.get(values.dataId).values as Int32Array;
  }
  const time = shape[1] ?? 1;
  const target = engine.int32;
  const base = address / 4;
  if (typeof ids !== 'object' || ids.length !== shape.reduce((size, extent) => size * extent, 1))
    return false;
  for (let n = 0; n < ids.length; n++) {
    const id = ids[n]!;
    if (lengths && n % time >= lengths[Math.floor(n / time)]!) target[base + n] = 0;
    else if (typeof id === 'number' && id >= 0 && id < count && (id | 0) === id) target[base + n] = id;
    else return false;
  }
  return true;
}

/** Writes the weight of each target: the given weight, or 1 within its row's length. */
function bindWeights(backend: UnrolledBackend, plan: StepPlan, model: PlanModel, batch: PlanBatch): boolean {
  const { weights: place } = plan.tensors;
  if (!place) return true;
  const { float32 } = backend.engine;
  const base = place.address / 4;
  if (batch.weights) {
    if (batch.weights.isDisposed) return false;
    float32.set(backend.data.get(batch.weights.dataId).values as Float32Array, base);
    return true;
  }
  const { time, batch: rows } = plan.shape;
  const width = model.loss === 'crossEntropy' ? 1 : model.outputSize;
  for (let row = 0; row < rows; row++) {
    const start = base + row * time * width;
    const valid = start + batch.lengths![row]! * width;
    float32.fill(1, start, valid);
    float32.fill(0, valid, start + time * width);
  }
  return true;
}
