import { backend_util, type KernelFunc, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { PoolArguments, type PoolCode } from '../../generated/abi';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import { isCovered } from './convolution';
import type { Inputs } from './kernel';

interface Attributes {
  filterSize: [number, number] | number;
  strides: [number, number] | number;
  pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

function geometryOf(shape: readonly number[], attributes: Attributes): backend_util.Conv2DInfo {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  const inShape = shape as [number, number, number, number];
  return backend_util.computePool2DInfo(inShape, filterSize, strides, 1, pad, dimRoundingMode);
}

const recordOf = (kind: PoolCode, info: backend_util.Conv2DInfo) => ({
  kind,
  batch: info.batchSize,
  height: info.inHeight,
  width: info.inWidth,
  channels: info.inChannels,
  rows: info.outHeight,
  columns: info.outWidth,
  windowRows: info.filterHeight,
  windowColumns: info.filterWidth,
  rowStep: info.strideHeight,
  columnStep: info.strideWidth,
  top: info.padInfo.top,
  left: info.padInfo.left,
});

const nameOf = (info: backend_util.Conv2DInfo) => () => `the pooling of [${info.inShape.join(', ')}]`;

const workOf = ({ outShape, filterHeight, filterWidth }: backend_util.Conv2DInfo) =>
  util.sizeFromShape(outShape) * filterHeight * filterWidth;

/** tfjs's MaxPool and AvgPool. */
export function poolKernel(kind: PoolCode): (original: KernelFunc) => KernelFunc {
  return (original) => (call) => {
    const x = call.inputs.x!;
    const info = geometryOf(x.shape, call.attrs as unknown as Attributes);
    if (!isCovered(info, x)) return original(call);
    const backend = call.backend as UnrolledBackend;
    const { engine } = backend;
    const from = backend.address(x, nameOf(info));
    const made = backend.makeResident(info.outShape, nameOf(info));
    engine.write(PoolArguments, { ...recordOf(kind, info), x: from, y: made.address });
    engine.run('pool', engine.threadsFor(workOf(info)));
    return made;
  };
}

/**
 * tfjs's MaxPoolGrad and AvgPoolGrad. At a padded edge tfjs computes a mean over the pixels inside the image,
 * but divides its gradient by the size of the whole window. This kernel divides both by the number of pixels
 * inside the image.
 */
export function poolGradientKernel(kind: PoolCode): (original: KernelFunc) => KernelFunc {
  return (original) => (call) => {
    const { dy, input, output } = call.inputs as Inputs;
    const info = geometryOf(input!.shape, call.attrs as unknown as Attributes);
    // For an average's gradient tfjs ignores the rounding mode of the shape.
    const fits = util.arraysEqual(dy!.shape, info.outShape);
    if (!fits || !isCovered(info, dy, input, output)) return original(call);
    const backend = call.backend as UnrolledBackend;
    const { engine } = backend;
    const addressOf = (tensor?: TensorInfo) => (tensor ? backend.address(tensor, nameOf(info)) : 0);
    const [dY, x, y] = [dy, input, output].map(addressOf) as [number, number, number];
    const made = backend.makeResident(info.inShape, nameOf(info));
    engine.write(PoolArguments, { ...recordOf(kind, info), x, y, dY, dX: made.address });
    engine.run('poolGradient', engine.threadsFor(workOf(info)));
    return made;
  };
}
