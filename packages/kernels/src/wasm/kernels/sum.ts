import { backend_util, type KernelFunc, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { SumArguments } from '../../generated/abi';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import { joinAxes } from './axes';
import { binaryKernel } from './elementwise';

/** Number of elements below which tfjs's own loop is as fast as a call into WebAssembly. */
const SMALL = 64;

/** Number of elements of a matrix below which one job per matrix is no gain. */
const SMALL_MATRIX = 256;

interface Attributes {
  axis: number | number[];
  keepDims: boolean;
}

/** The sums of several matrices, along the rows or down the columns. */
interface Plan {
  matrices: number;
  rows: number;
  columns: number;
  alongRows: boolean;
}

/**
 * tfjs's Sum over the first axes, the last axes, or some axes in between, as in gradients of biases, in
 * softmax and in means over time. Sums over non-adjacent groups of axes are left to tfjs, which transposes.
 */
export function sumKernel(original: KernelFunc): KernelFunc {
  return (call) => {
    const x = call.inputs.x!;
    const { axis, keepDims } = call.attrs as unknown as Attributes;
    const axes = util.parseAxisParam(axis, x.shape);
    const plan = x.dtype === 'float32' ? sumPlan(x.shape, axes) : undefined;
    return plan ? runSum(call.backend as UnrolledBackend, x, { axes, keepDims, plan }) : original(call);
  };
}

/**
 * tfjs's Mean, unless its sum is along rows only. As in tfjs, each element is divided before the sum. Along
 * rows the order would differ, and a mean over a batch of one must have the same bits as in a larger batch.
 */
export function meanKernel(original: KernelFunc): KernelFunc {
  const divide = binaryKernel('divide')(original);
  return (call) => {
    const x = call.inputs.x!;
    const { axis, keepDims } = call.attrs as unknown as Attributes;
    const axes = util.parseAxisParam(axis, x.shape);
    const isOfRows = axes.includes(x.shape.length - 1) && axes.length < x.shape.length;
    const plan = isOfRows || x.dtype !== 'float32' ? undefined : sumPlan(x.shape, axes);
    const size = util.sizeFromShape(x.shape);
    if (!plan || size < SMALL) return original(call);
    const backend = call.backend as UnrolledBackend;
    const count = size / util.sizeFromShape(backend_util.computeOutAndReduceShapes(x.shape, axes)[0]);
    const b = backend.makeTensorInfo([], 'float32', Float32Array.of(count));
    const divided = divide({ ...call, inputs: { a: x, b } }) as TensorInfo;
    const mean = runSum(backend, divided, { axes, keepDims, plan });
    for (const { dataId } of [b, divided]) backend.disposeData(dataId);
    return mean;
  };
}

/** The job that computes a sum of floats over some axes; undefined if it is left to tfjs. */
export function sumPlan(shape: readonly number[], axes: readonly number[]): Plan | undefined {
  const joined = joinAxes(shape, (at) => axes.includes(at));
  const size = util.sizeFromShape(shape as number[]);
  if (size === 0 || joined.length > 3) return undefined;
  const [first, last] = [joined[0]!, joined.at(-1)!];
  if (joined.length === 1 && !first?.kind) return undefined;
  // A row's sum has the same bits for any number of rows, so the choice does not depend on the batch size.
  const isOfRows = axes.length < shape.length && axes.includes(shape.length - 1);
  const isInBatchOfOne = shape[0] === 1 && !axes.includes(0) && !isOfRows;
  if ((size < SMALL && !isOfRows) || isInBatchOfOne) return undefined;
  const columns = last?.size ?? 1;
  if (joined.length < 3) return { matrices: 1, rows: size / columns, columns, alongRows: last.kind };
  const rows = joined[1]!.size;
  if (last.kind || rows * columns < SMALL_MATRIX) return undefined;
  return { matrices: first.size, rows, columns, alongRows: false };
}

function runSum(
  backend: UnrolledBackend,
  x: TensorInfo,
  { axes, keepDims, plan }: { axes: number[]; keepDims: boolean; plan: Plan },
): TensorInfo {
  const { engine } = backend;
  const { matrices, rows, columns, alongRows } = plan;
  const [outShape] = backend_util.computeOutAndReduceShapes(x.shape, axes);
  const shape = keepDims ? backend_util.expandShapeToKeepDim(outShape, axes) : outShape;
  const xAt = backend.address(x, 'a summand');
  const made = backend.makeResident(shape, 'a sum');
  for (let at = 0; at < matrices; at++) {
    const [from, to] = [xAt + 4 * at * rows * columns, made.address + 4 * at * columns];
    engine.write(SumArguments, { rows, columns, alongRows, x: from, y: to });
    engine.run('sum', 1);
  }
  return made;
}
