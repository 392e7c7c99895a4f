/**
 * Parts of a tensor along one axis, and tensors joined along one: slice, split, unstack, concat, stack.
 * tfjs's CPU backend computes the position of every element separately; these kernels copy contiguous runs.
 * User-defined cells split their gates with these ops, and `unroll` its steps.
 */
import { backend_util, type KernelFunc, slice_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import { copyRows } from './copy-rows';

/** Number of elements below which tfjs's own kernel is as fast. */
const SMALL = 64;

/** Number of floats below which a call of `copyWithin` takes longer than a loop. */
const SHORT = 32;
/** Number of runs below which a loop in JavaScript is faster than a job. */
const FEW = 8;

/** The number of elements before an axis, and of one step along it. */
function around(shape: readonly number[], axis: number): { outer: number; inner: number } {
  const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);
  return { outer: product(shape.slice(0, axis)), inner: product(shape.slice(axis + 1)) };
}

const isFit = ({ dtype, shape }: TensorInfo) => dtype === 'float32' && util.sizeFromShape(shape) >= SMALL;

/** Copies `count` runs of floats at constant strides; positions are indices of floats. */
function copyRuns(
  backend: UnrolledBackend,
  [from, fromStride]: [number, number],
  [to, toStride]: [number, number],
  run: number,
  count: number,
): void {
  if (count > FEW) {
    const runs = { rows: count, width: run, xStride: fromStride, yStride: toStride };
    copyRows(backend, { ...runs, x: 4 * from, y: 4 * to });
    return;
  }
  const floats = backend.engine.float32;
  for (let n = 0; n < count; n++) {
    const [source, target] = [from + n * fromStride, to + n * toStride];
    if (run > SHORT) floats.copyWithin(target, source, source + run);
    else for (let i = 0; i < run; i++) floats[target + i] = floats[source + i]!;
  }
}

/** Steps `begin` to `begin + size` of x along an axis, in the caller's shape. */
function part(
  backend: UnrolledBackend,
  x: TensorInfo,
  axis: number,
  [begin, size]: [number, number],
  shape: number[],
): TensorInfo {
  const { outer, inner } = around(x.shape, axis);
  const from = backend.address(x, 'the input of a slice') / 4;
  const made = backend.makeResident(shape, 'a slice');
  const stride = x.shape[axis]! * inner;
  const run = size * inner;
  copyRuns(backend, [from + begin * inner, stride], [made.address / 4, run], run, outer);
  return made;
}

/** Consecutive parts of a tensor along an axis. */
function parts(
  backend: UnrolledBackend,
  x: TensorInfo,
  axis: number,
  sizes: readonly number[],
  shapeOf: (size: number) => number[],
): TensorInfo[] {
  let begin = 0;
  return sizes.map((size) => {
    const made = part(backend, x, axis, [begin, size], shapeOf(size));
    begin += size;
    return made;
  });
}

const withSize = (shape: readonly number[], axis: number, size: number) =>
  shape.map((extent, n) => (n === axis ? size : extent));

export function sliceKernel(original: KernelFunc): KernelFunc {
  return (call) => {
    const x = call.inputs.x!;
    const { begin, size } = call.attrs as unknown as { begin: number | number[]; size: number | number[] };
    if (!isFit(x)) return original(call);
    const [starts, sizes] = slice_util.parseSliceParams(x as never, begin, size);
    slice_util.assertParamsValid(x as never, starts!, sizes!);
    const cut = sizes!.flatMap((extent, axis) => (extent < x.shape[axis]! ? [axis] : []));
    const [axis] = cut;
    // A single contiguous run is a view in tfjs.
    if (axis === undefined || cut.length > 1 || sizes!.includes(0) || around(x.shape, axis).outer === 1) {
      return original(call);
    }
    return part(call.backend as UnrolledBackend, x, axis, [starts![axis]!, sizes![axis]!], sizes!);
  };
}

export function splitKernel(original: KernelFunc): KernelFunc {
  return (call) => {
    const x = call.inputs.x!;
    if (!isFit(x)) return original(call);
    const { numOrSizeSplits, axis } = call.attrs as unknown as {
      numOrSizeSplits: number | number[];
      axis: number;
    };
    const [along] = util.parseAxisParam(axis, x.shape) as [number];
    const sizes = backend_util.prepareSplitSize(x as never, numOrSizeSplits, along);
    if (sizes.includes(0)) return original(call);
    return parts(call.backend as UnrolledBackend, x, along, sizes, (size) => withSize(x.shape, along, size));
  };
}

export function unstackKernel(original: KernelFunc): KernelFunc {
  return (call) => {
    const x = call.inputs.value!;
    if (!isFit(x)) return original(call);
    const [axis] = util.parseAxisParam((call.attrs as unknown as { axis: number }).axis, x.shape) as [number];
    const shape = x.shape.filter((_, n) => n !== axis);
    const ones = Array<number>(x.shape[axis]!).fill(1);
    return parts(call.backend as UnrolledBackend, x, axis, ones, () => [...shape]);
  };
}

/** Tensors to join, with the size of each along the axis. */
function join(
  backend: UnrolledBackend,
  tensors: readonly TensorInfo[],
  sizes: readonly number[],
  axis: number,
  shape: number[],
): TensorInfo {
  const { outer, inner } = around(shape, axis);
  const sources = tensors.map((tensor) => backend.address(tensor, 'an input of concat') / 4);
  const made = backend.makeResident(shape, 'joined tensors');
  const stride = shape[axis]! * inner;
  let to = made.address / 4;
  sources.forEach((from, n) => {
    const run = sizes[n]! * inner;
    copyRuns(backend, [from, run], [to, stride], run, outer);
    to += run;
  });
  return made;
}

/** tfjs's PadV2 along one axis: x with a constant before and after it, the gradient of a slice. */
export function padKernel(original: KernelFunc): KernelFunc {
  return (call) => {
    const x = call.inputs.x!;
    const { paddings, constantValue } = call.attrs as unknown as {
      paddings: [number, number][];
      constantValue: number;
    };
    const padded = paddings.flatMap(([before, after], axis) => (before + after > 0 ? [axis] : []));
    const [axis] = padded;
    if (!isFit(x) || axis === undefined || padded.length > 1) return original(call);
    const backend = call.backend as UnrolledBackend;
    const [before, after] = paddings[axis]!;
    const shape = withSize(x.shape, axis, before + x.shape[axis]! + after);
    const from = backend.address(x, 'the input of pad') / 4;
    const made = backend.makeResident(shape, 'the result of pad');
    const { float32 } = backend.engine;
    const to = made.address / 4;
    float32.fill(constantValue, to, to + util.sizeFromShape(shape));
    const { outer, inner } = around(x.shape, axis);
    const run = x.shape[axis]! * inner;
    copyRuns(backend, [from, run], [to + before * inner, shape[axis]! * inner], run, outer);
    return made;
  };
}

const areFit = (tensors: readonly TensorInfo[]) =>
  tensors.every(({ dtype, shape }) => dtype === 'float32' && util.sizeFromShape(shape) > 0) &&
  tensors.reduce((sum, { shape }) => sum + util.sizeFromShape(shape), 0) >= SMALL;

export function concatKernel(original: KernelFunc): KernelFunc {
  return (call) => {
    const tensors = call.inputs as unknown as TensorInfo[];
    if (!areFit(tensors)) return original(call);
    const [axis] = util.parseAxisParam(
      (call.attrs as unknown as { axis: number }).axis,
      tensors[0]!.shape,
    ) as [number];
    const shapes = tensors.map(({ shape }) => shape);
    backend_util.assertParamsConsistent(shapes, axis);
    const sizes = shapes.map((shape) => shape[axis]!);
    const shape = backend_util.computeOutShape(shapes, axis);
    return join(call.backend as UnrolledBackend, tensors, sizes, axis, shape);
  };
}

export function stackKernel(original: KernelFunc): KernelFunc {
  return (call) => {
    const tensors = call.inputs as unknown as TensorInfo[];
    const { axis } = call.attrs as unknown as { axis: number };
    const [first] = tensors;
    const alike = tensors.every(({ shape }) => util.arraysEqual(shape, first!.shape));
    if (!alike || axis < 0 || !areFit(tensors)) return original(call);
    const shape = [...first!.shape.slice(0, axis), tensors.length, ...first!.shape.slice(axis)];
    const ones = tensors.map(() => 1);
    return join(call.backend as UnrolledBackend, tensors, ones, axis, shape);
  };
}
