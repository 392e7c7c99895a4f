/**
 * One optimizer step by TensorFlow's own training ops, one op per parameter. The ops work on resource
 * variables, so the values are moved into three resource variables and back, without copying. If a tfjs
 * variable still holds the buffer, the op copies it before it writes.
 */
import { type Tensor, util, type Variable } from '@tensorflow/tfjs-core';
import type { UpdateCall } from '../ops/update-parameters';
import { adamRates, keptShare } from '../ops/update-rules';
import type { Id, NativeOps } from './native-ops';
import type { TensorFlowBackend } from './tensorflow-backend';

const RESOURCES = ['parameter', 'first slot', 'second slot'] as const;
/**
 * The resource variables' handles, created once per backend, because TensorFlow keeps an op object for each
 * name that it has seen.
 */
const handles = new WeakMap<TensorFlowBackend, Id[]>();

function resources(ops: NativeOps): Id[] {
  const { backend } = ops;
  const { binding } = backend;
  const known = handles.get(backend);
  if (known) return known;
  const made = RESOURCES.map((name) => {
    const attributes = [
      ops.string('container', ''),
      ops.string('shared_name', `unrolled ${name}`),
      ops.type('dtype', binding.TF_FLOAT),
      { name: 'shape', type: binding.TF_ATTR_SHAPE, value: [] },
    ];
    return binding.executeOp('VarHandleOp', attributes, [], 1)[0]!.id;
  });
  handles.set(backend, made);
  return made;
}

function assign(ops: NativeOps, handle: Id, value: Id): void {
  ops.run('AssignVariableOp', [handle, value], 0, [ops.type('dtype', ops.backend.binding.TF_FLOAT)]);
}

function read(ops: NativeOps, handle: Id): Id {
  return ops.run('ReadVariableOp', [handle], 1, [ops.type('dtype', ops.backend.binding.TF_FLOAT)])[0]!;
}

/** Runs the op that updates the resource variables [parameter, first slot, second slot] with a gradient. */
function applyStep(ops: NativeOps, { options }: UpdateCall, variables: Id[], gradient: Id): void {
  const scalars = (...values: number[]) => values.map((value) => ops.scalar(value));
  if (options.kind === 'adam') {
    const { rate, epsilon } = adamRates(options);
    // The rate includes the bias correction already, so the powers are 0.
    const settings = scalars(0, 0, rate, options.beta1, options.beta2, epsilon);
    ops.many('ResourceApplyAdam', [...variables, ...settings, gradient], 0);
  } else if (options.kind === 'rmsprop') {
    const { learningRate, decay, momentum = 0, epsilon } = options;
    const settings = scalars(learningRate, decay, momentum, epsilon);
    ops.many('ResourceApplyRMSProp', [...variables, ...settings, gradient], 0);
  } else if (options.momentum) {
    const [rate, momentum] = scalars(options.learningRate, options.momentum) as [Id, Id];
    ops.many('ResourceApplyMomentum', [variables[0]!, variables[1]!, rate, gradient, momentum], 0);
  } else {
    ops.many('ResourceApplyGradientDescent', [variables[0]!, ops.scalar(options.learningRate), gradient], 0);
  }
}

/** √Σg²: the sum of each gradient in float32, the sum of these sums in float64. */
function globalNorm(ops: NativeOps, gradients: readonly Tensor[]): number {
  if (gradients.length === 0) return 0;
  const halves = ops.stack(
    gradients.map((gradient) => ops.one('L2Loss', [ops.input(gradient)])),
    0,
  );
  const total = ops.read(halves).reduce((sum, half) => sum + 2 * half, 0);
  return Math.sqrt(Number.isFinite(total) && total > 1e-30 ? total : sumOfSquares(gradients));
}

/** In float64, for gradients whose squares overflow or underflow in float32. */
function sumOfSquares(gradients: readonly Tensor[]): number {
  let sum = 0;
  for (const gradient of gradients) for (const value of gradient.dataSync()) sum += value * value;
  return sum;
}

/** The gradient in the parameter's shape, scaled and clipped. */
function clipped(
  ops: NativeOps,
  { options }: UpdateCall,
  gradient: Tensor,
  shape: number[],
  norm: number,
): Id {
  const id = ops.input(gradient);
  const inShape = util.arraysEqual(gradient.shape, shape) ? id : ops.reshape(id, shape);
  const { clip } = options;
  if (!clip) return inShape;
  if ('value' in clip) {
    return ops.one('ClipByValue', [inShape, ops.scalar(-clip.value), ops.scalar(clip.value)]);
  }
  return norm > clip.globalNorm ? ops.multiply(inShape, ops.scalar(clip.globalNorm / norm)) : inShape;
}

function updateOne(ops: NativeOps, call: UpdateCall, index: number, norm: number): void {
  const all = resources(ops);
  const parameter = call.parameters[index]!;
  const variables: Variable[] = [parameter, ...call.slots.map((slot) => slot[index]!)];
  const gradient = clipped(ops, call, call.gradients[index]!, parameter.shape, norm);
  for (const [n, variable] of variables.entries()) assign(ops, all[n]!, ops.input(variable));
  const share = keptShare(call.options, parameter);
  if (share !== 1) assign(ops, all[0]!, ops.multiply(ops.input(parameter), ops.scalar(share)));
  // RMSprop's op always has momentum. Without momentum its variable is set to 0 each time.
  for (const handle of all.slice(variables.length)) {
    assign(ops, handle, ops.one('ZerosLike', [ops.input(parameter)]));
  }
  applyStep(ops, call, all, gradient);
  for (const [n, variable] of variables.entries()) {
    const updated = ops.toTensor(read(ops, all[n]!));
    variable.assign(updated);
    updated.dispose();
  }
}

/** Clips and updates all parameters and slots. If the norm is not finite, nothing changes. */
export function updateParameters(ops: NativeOps, call: UpdateCall): void {
  const norm = globalNorm(ops, call.gradients);
  call.result.gradientNorm = norm;
  if (!Number.isFinite(norm)) return;
  for (let n = 0; n < call.parameters.length; n++) updateOne(ops, call, n, norm);
  // Releases the last parameter's values.
  for (const handle of resources(ops)) assign(ops, handle, ops.scalar(0));
}
