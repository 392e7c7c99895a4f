import { backend_util, type KernelFunc, util } from '@tensorflow/tfjs-core';
import { SumArguments } from '../../generated/abi';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import { joinAxes } from './axes';

/** Elements under which tfjs's own loop is as quick as the way into WebAssembly. */
const SMALL = 64;

interface SumAttributes {
  axis: number | number[];
  keepDims: boolean;
}

/** How a sum of floats over some axes is the job's; undefined where it is tfjs's own. */
export function sumPlan(
  shape: readonly number[],
  axes: readonly number[],
): { rows: number; columns: number; alongRows: boolean } | undefined {
  const joined = joinAxes(shape, (at) => axes.includes(at));
  const size = util.sizeFromShape(shape as number[]);
  if (size === 0 || joined.length > 2) return undefined;
  const [first, last] = [joined[0], joined.at(-1)];
  if (!first || !last || (joined.length === 1 && !first.kind)) return undefined;
  // A row's sums have the same bits, however many rows there are: neither a small size nor a batch of one changes the way.
  const isOfRows = axes.length < shape.length && axes.includes(shape.length - 1);
  const isInBatchOfOne = shape[0] === 1 && !axes.includes(0) && !isOfRows;
  if ((size < SMALL && !isOfRows) || isInBatchOfOne) return undefined;
  return { rows: size / last.size, columns: last.size, alongRows: last.kind };
}

/**
 * tfjs's Sum over the first axes or over the last ones, gradients of biases and softmax; in between tfjs's
 * own transposes.
 */
export function sumKernel(original: KernelFunc): KernelFunc {
  return (call) => {
    const x = call.inputs.x!;
    const { axis, keepDims } = call.attrs as unknown as SumAttributes;
    const axes = util.parseAxisParam(axis, x.shape);
    const plan = x.dtype === 'float32' ? sumPlan(x.shape, axes) : undefined;
    if (!plan) return original(call);
    const backend = call.backend as UnrolledBackend;
    const { engine } = backend;
    const [outShape] = backend_util.computeOutAndReduceShapes(x.shape, axes);
    const shape = keepDims ? backend_util.expandShapeToKeepDim(outShape, axes) : outShape;
    const xAt = backend.address(x, 'a summand');
    const y = backend.makeResident(shape, 'a sum');
    engine.write(SumArguments, { ...plan, x: xAt, y: y.address });
    engine.run('sum', 1);
    return y;
  };
}
