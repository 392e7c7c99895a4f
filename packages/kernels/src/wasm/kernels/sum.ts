import { backend_util, type KernelFunc, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { SumArguments } from '../../generated/abi';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import { joinAxes } from './axes';
import { binaryKernel } from './elementwise';

/** Elements under which tfjs's own loop is as quick as the way into WebAssembly. */
const SMALL = 64;

/** Elements of a matrix under which a job for each is no gain. */
const SMALL_MATRIX = 256;

interface Attributes {
  axis: number | number[];
  keepDims: boolean;
}

/** The sums of each of several matrices, along the rows or down the columns. */
interface Plan {
  matrices: number;
  rows: number;
  columns: number;
  alongRows: boolean;
}

/**
 * tfjs's Sum over the first axes, the last ones, or some in between: gradients of biases, softmax, means over
 * time. Sums over separate groups of axes are left to tfjs's own transposes.
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
 * tfjs's Mean if its sum is not along rows only: each element is divided, and then summed, in the order of
 * tfjs. Along rows the order differs, and a mean over a batch of one must have the same bits as in a larger
 * one.
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

/** How a sum of floats over some axes is the job's; undefined where it is tfjs's own. */
export function sumPlan(shape: readonly number[], axes: readonly number[]): Plan | undefined {
  const joined = joinAxes(shape, (at) => axes.includes(at));
  const size = util.sizeFromShape(shape as number[]);
  if (size === 0 || joined.length > 3) return undefined;
  const [first, last] = [joined[0]!, joined.at(-1)!];
  if (joined.length === 1 && !first?.kind) return undefined;
  // A row's sums have the same bits, however many rows there are: neither a small size nor a batch of one
  // changes the way.
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
