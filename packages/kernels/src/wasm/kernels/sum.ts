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

/**
 * tfjs's Sum over the first axes or over the last ones, gradients of biases and softmax; in between tfjs's
 * own transposes.
 */
export function sumKernel(original: KernelFunc): KernelFunc {
  return (call) => {
    const x = call.inputs.x!;
    const { axis, keepDims } = call.attrs as unknown as SumAttributes;
    const axes = util.parseAxisParam(axis, x.shape);
    const joined = joinAxes(x.shape, (at) => axes.includes(at));
    const size = util.sizeFromShape(x.shape);
    if (x.dtype !== 'float32' || size === 0 || joined.length > 2) return original(call);
    const [first, last] = [joined[0]!, joined.at(-1)!];
    if (joined.length === 1 && !first?.kind) return original(call);
    // A row's sums have the same bits, however many rows there are: neither a small size nor a batch of one changes the way.
    const isOfRows = axes.length < x.shape.length && axes.includes(x.shape.length - 1);
    const isInBatchOfOne = x.shape[0] === 1 && !axes.includes(0) && !isOfRows;
    if ((size < SMALL && !isOfRows) || isInBatchOfOne) return original(call);
    const backend = call.backend as UnrolledBackend;
    const { engine } = backend;
    const [outShape] = backend_util.computeOutAndReduceShapes(x.shape, axes);
    const shape = keepDims ? backend_util.expandShapeToKeepDim(outShape, axes) : outShape;
    const xAt = backend.address(x, 'a summand');
    const y = backend.makeResident(shape, 'a sum');
    const columns = last.size;
    engine.write(SumArguments, {
      rows: size / columns,
      columns,
      alongRows: last.kind,
      x: xAt,
      y: y.address,
    });
    engine.run('sum', 1);
    return y;
  };
}
