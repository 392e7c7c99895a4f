import {
  backend_util,
  type KernelConfig,
  type KernelFunc,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { ConvolutionArguments } from '../../generated/abi';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import { gradientGroups } from '../engine/buffer-sizes';
import { type Inputs, kernel } from './kernel';

/**
 * tfjs's description of a convolution's shapes, strides and padding; also the attributes of our own kernels.
 */
export type Geometry = backend_util.Conv2DInfo;

/** One axis: the pixels that contribute to each target, and the filter's taps that they are multiplied by. */
interface Axis {
  /** Number of targets. */
  count: number;
  start: number;
  step: number;
  taps: number;
  tapStep: number;
  firstTap: number;
  tapStride: number;
}

const alongAxis = (
  targets: number,
  taps: number,
  stride: number,
  dilation: number,
  before: number,
): Axis => ({
  count: targets,
  start: -before,
  step: stride,
  taps,
  tapStep: dilation,
  firstTap: 0,
  tapStride: 1,
});

/** The row and column axes of a forward pass. */
function forwardAxes(info: Geometry): [rows: Axis, columns: Axis] {
  const { padInfo } = info;
  return [
    alongAxis(info.outHeight, info.filterHeight, info.strideHeight, info.dilationHeight, padInfo.top),
    alongAxis(info.outWidth, info.filterWidth, info.strideWidth, info.dilationWidth, padInfo.left),
  ];
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));

/**
 * The gradient's axis for the pixels residue, residue + stride, …: tap k reaches pixel h from target (h +
 * before − k · dilation) / stride if that is an integer. So either every stride / gcd(dilation, stride)-th
 * tap reaches it, or none.
 */
function residueAxis(
  residue: number,
  pixels: number,
  taps: number,
  stride: number,
  dilation: number,
  before: number,
): Axis | undefined {
  const common = greatestDivisor(dilation, stride);
  const tapStride = stride / common;
  let firstTap = 0;
  while (firstTap < tapStride && (residue + before - firstTap * dilation) % stride !== 0) firstTap++;
  if (firstTap >= Math.min(tapStride, taps)) return undefined;
  return {
    count: Math.ceil((pixels - residue) / stride),
    start: (residue + before - firstTap * dilation) / stride,
    step: 1,
    taps: Math.ceil((taps - firstTap) / tapStride),
    tapStep: -dilation / common,
    firstTap,
    tapStride,
  };
}

const axesOf = (rows: Axis, columns: Axis) => ({
  rows: rows.count,
  rowStart: rows.start,
  rowStep: rows.step,
  rowTaps: rows.taps,
  rowTapStep: rows.tapStep,
  firstRowTap: rows.firstTap,
  rowTapStride: rows.tapStride,
  columns: columns.count,
  columnStart: columns.start,
  columnStep: columns.step,
  columnTaps: columns.taps,
  columnTapStep: columns.tapStep,
  firstColumnTap: columns.firstTap,
  columnTapStride: columns.tapStride,
});

/** Whether the kernels support the case: floats, channels last, no empty tensor. */
export function isCovered(info: Geometry, ...tensors: readonly (TensorInfo | undefined)[]): boolean {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
  const sizes = [batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels];
  return (
    info.dataFormat === 'channelsLast' &&
    sizes.every((size) => size > 0) &&
    info.filterHeight > 0 &&
    info.filterWidth > 0 &&
    tensors.every((tensor) => tensor === undefined || tensor.dtype === 'float32')
  );
}

const nameOf = (info: Geometry) => () =>
  `a convolution [${info.inShape.join(', ')}] → [${info.outShape.join(', ')}]`;

/** One matrix product of patches: its input, its filter and its output. */
interface Patches {
  axes: [rows: Axis, columns: Axis];
  source: TensorInfo;
  filter: TensorInfo;
  transposed: boolean;
  bias: number;
  y: { address: number; batch: number; row: number; pixel: number };
}

function runPatches(backend: UnrolledBackend, info: Geometry, patches: Patches): void {
  const { engine } = backend;
  const what = nameOf(info);
  const { source, transposed, y } = patches;
  const [batch, height, width, channels] = source.shape as [number, number, number, number];
  const outputs = transposed ? info.inChannels : info.outChannels;
  const [rows, columns] = patches.axes;
  const inner = rows.taps * columns.taps * channels;
  const work = batch * rows.count * columns.count * inner * outputs;
  const threads = engine.threadsFor(work);
  const sizes = engine.sizes('convolution');
  const scratchBytes = sizes.patchScratchBytes(inner);
  engine.write(ConvolutionArguments, {
    ...{ batch, height, width, channels, outputs, transposed },
    filterHeight: info.filterHeight,
    filterWidth: info.filterWidth,
    ...axesOf(rows, columns),
    x: backend.address(source, what),
    filter: backend.address(patches.filter, what),
    packed: engine.temporary(4 * sizes.paddedColumns(outputs) * inner, what),
    bias: patches.bias,
    ...{ y: y.address, yBatch: y.batch, yRow: y.row, yPixel: y.pixel },
    scratch: engine.temporary(scratchBytes * threads, what),
    scratchBytes,
  });
  engine.run('packFilter', engine.threadsToPack(inner * outputs));
  engine.run('convolution', threads);
}

/** The convolution of x [B,H,W,C] with a filter [h,w,C,O] (+ bias [O]). */
export function runConvolution(
  backend: UnrolledBackend,
  info: Geometry,
  x: TensorInfo,
  filter: TensorInfo,
  bias: TensorInfo | undefined,
): TensorInfo {
  const what = nameOf(info);
  for (const input of [x, filter, bias]) if (input) backend.address(input, what);
  return backend.making((make) => {
    const made = make(info.outShape, what);
    const { outHeight, outWidth, outChannels } = info;
    const row = outWidth * outChannels;
    runPatches(backend, info, {
      axes: forwardAxes(info),
      source: x,
      filter,
      transposed: false,
      bias: bias ? backend.address(bias, what) : 0,
      y: { address: made.address, batch: outHeight * row, row, pixel: outChannels },
    });
    return made;
  });
}

/** The gradient of x, computed with one product per residue of the strides. */
export function runInputGradient(
  backend: UnrolledBackend,
  info: Geometry,
  dy: TensorInfo,
  filter: TensorInfo,
): TensorInfo {
  const what = nameOf(info);
  for (const input of [dy, filter]) backend.address(input, what);
  const { inHeight, inWidth, inChannels, strideHeight, strideWidth, padInfo } = info;
  return backend.making((make) => {
    const made = make(info.inShape, what);
    const line = inWidth * inChannels;
    const axis = (
      r: number,
      pixels: number,
      taps: number,
      stride: number,
      dilation: number,
      before: number,
    ) => (r < pixels ? residueAxis(r, pixels, taps, stride, dilation, before) : undefined);
    const downward = Array.from({ length: strideHeight }, (_, r) =>
      axis(r, inHeight, info.filterHeight, strideHeight, info.dilationHeight, padInfo.top),
    );
    const across = Array.from({ length: strideWidth }, (_, r) =>
      axis(r, inWidth, info.filterWidth, strideWidth, info.dilationWidth, padInfo.left),
    );
    if (downward.includes(undefined) || across.includes(undefined)) {
      const at = made.address / 4;
      backend.engine.float32.fill(0, at, at + util.sizeFromShape(info.inShape));
    }
    downward.forEach((rows, r) => {
      across.forEach((columns, c) => {
        if (!rows || !columns) return;
        const address = made.address + 4 * (r * line + c * inChannels);
        runPatches(backend, info, {
          axes: [rows, columns],
          source: dy,
          filter,
          transposed: true,
          bias: 0,
          y: { address, batch: inHeight * line, row: strideHeight * line, pixel: strideWidth * inChannels },
        });
      });
    });
    return made;
  });
}

/** The gradient of the filter. */
export function runFilterGradient(
  backend: UnrolledBackend,
  info: Geometry,
  x: TensorInfo,
  dy: TensorInfo,
): TensorInfo {
  const { engine } = backend;
  const what = nameOf(info);
  for (const input of [x, dy]) backend.address(input, what);
  return backend.making((make) => {
    const made = make(info.filterShape, what);
    const { batchSize, outHeight, outWidth, outChannels, inChannels } = info;
    const targets = batchSize * outHeight * outWidth;
    const sums = info.filterHeight * info.filterWidth * inChannels;
    const groups = gradientGroups(targets, targets, sums);
    const threads = engine.threadsFor(targets * sums * outChannels);
    const scratchBytes = engine.sizes('filterGradient').filterScratchBytes(inChannels, outChannels);
    engine.write(ConvolutionArguments, {
      batch: batchSize,
      height: info.inHeight,
      width: info.inWidth,
      channels: inChannels,
      outputs: outChannels,
      filterHeight: info.filterHeight,
      filterWidth: info.filterWidth,
      transposed: false,
      ...axesOf(...forwardAxes(info)),
      x: backend.address(x, what),
      y: backend.address(dy, what),
      yBatch: outHeight * outWidth * outChannels,
      yRow: outWidth * outChannels,
      yPixel: outChannels,
      dFilter: made.address,
      groups,
      partials: engine.temporary(4 * (groups - 1) * sums * outChannels, what),
      scratch: engine.temporary(scratchBytes * threads, what),
      scratchBytes,
    });
    engine.run('filterGradient', threads);
    if (groups > 1) engine.run('sumFilterGradient', engine.threadsFor(groups * sums * outChannels));
    return made;
  });
}

/** tfjs's attributes of its convolutions. */
interface Attributes {
  strides: [number, number] | number;
  pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  dataFormat?: 'NHWC' | 'NCHW';
  dilations?: [number, number] | number;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
  inputShape: [number, number, number, number];
  filterShape: [number, number, number, number];
  activation?: string;
}

type Shape4 = [number, number, number, number];

const geometryOf = (inShape: number[], filterShape: number[], attributes: Attributes): Geometry => {
  const { strides, pad, dataFormat = 'NHWC', dilations = 1, dimRoundingMode } = attributes;
  const format = backend_util.convertConv2DDataFormat(dataFormat);
  const [input, filter] = [inShape as Shape4, filterShape as Shape4];
  return backend_util.computeConv2DInfo(
    input,
    filter,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    false,
    format,
  );
};

/** tfjs's Conv2D; also FusedConv2D, if only a bias is fused. */
export function convolutionKernel(original: KernelFunc): KernelFunc {
  return (call) => {
    const { x, filter, bias, preluActivationWeights } = call.inputs as Inputs;
    const attributes = call.attrs as unknown as Attributes;
    const { activation = 'linear' } = attributes;
    const info = geometryOf(x!.shape, filter!.shape, attributes);
    const isPlain = activation === 'linear' && !preluActivationWeights;
    const fits = !bias || util.arraysEqual(bias.shape, [info.outChannels]);
    if (!isPlain || !fits || !isCovered(info, x, filter, bias)) return original(call);
    return runConvolution(call.backend as UnrolledBackend, info, x!, filter!, bias);
  };
}

export function convolutionInputKernel(original: KernelFunc): KernelFunc {
  return (call) => {
    const { dy, filter } = call.inputs as Inputs;
    const attributes = call.attrs as unknown as Attributes;
    const info = geometryOf(attributes.inputShape, filter!.shape, attributes);
    if (!isCovered(info, dy, filter)) return original(call);
    return runInputGradient(call.backend as UnrolledBackend, info, dy!, filter!);
  };
}

export function convolutionFilterKernel(original: KernelFunc): KernelFunc {
  return (call) => {
    const { x, dy } = call.inputs as Inputs;
    const attributes = call.attrs as unknown as Attributes;
    const info = geometryOf(x!.shape, attributes.filterShape, attributes);
    if (!isCovered(info, x, dy)) return original(call);
    return runFilterGradient(call.backend as UnrolledBackend, info, x!, dy!);
  };
}

/** The kernels of `convolution`, whose gradients support dilations. */
export function convolutionKernels(): KernelConfig[] {
  return [
    kernel<Geometry>('Convolution', (backend, { x, filter, bias }, info) =>
      runConvolution(backend, info, x!, filter!, bias),
    ),
    kernel<Geometry>('ConvolutionInputGradient', (backend, { dOutput, filter }, info) =>
      runInputGradient(backend, info, dOutput!, filter!),
    ),
    kernel<Geometry>('ConvolutionFilterGradient', (backend, { x, dOutput }, info) =>
      runFilterGradient(backend, info, x!, dOutput!),
    ),
  ];
}
