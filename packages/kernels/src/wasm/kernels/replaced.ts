import {
  broadcast_util,
  getKernel,
  type KernelConfig,
  type KernelFunc,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import { convolutionFilterKernel, convolutionInputKernel, convolutionKernel } from './convolution';
import { concatKernel, padKernel, sliceKernel, splitKernel, stackKernel, unstackKernel } from './copies';
import { binaryKernel, squareKernel, unaryKernel } from './elementwise';
import { gatherKernel } from './gather';
import { type Product, runProduct } from './matmul';
import { poolGradientKernel, poolKernel } from './pooling';
import { reluKernel, stepKernel } from './relu';
import { softmaxKernel } from './softmax';
import { meanKernel, sumKernel } from './sum';

interface MatmulAttributes {
  transposeA: boolean;
  transposeB: boolean;
}

/**
 * The sizes of tfjs's BatchMatMul; undefined for cases left to its own kernel (other dtypes, broadcasts of
 * several axes).
 */
function productOf(
  a: TensorInfo,
  b: TensorInfo,
  attributes: MatmulAttributes,
): { shape: number[]; size: Product } | undefined {
  if (a.dtype !== 'float32' || b.dtype !== 'float32') return undefined;
  const { transposeA, transposeB } = attributes;
  const [aRows, aColumns] = a.shape.slice(-2) as [number, number];
  const [bRows, bColumns] = b.shape.slice(-2) as [number, number];
  const [rows, inner] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const [bInner, columns] = transposeB ? [bColumns, bRows] : [bRows, bColumns];
  const aOuter = a.shape.slice(0, -2);
  const bOuter = b.shape.slice(0, -2);
  const aBatch = util.sizeFromShape(aOuter);
  const bBatch = util.sizeFromShape(bOuter);
  if (inner !== bInner || inner === 0 || rows === 0 || columns === 0) return undefined;
  if (!util.arraysEqual(aOuter, bOuter) && aBatch !== 1 && bBatch !== 1) return undefined;
  const outer = broadcast_util.assertAndGetBroadcastShape(aOuter, bOuter);
  const batch = Math.max(aBatch, bBatch);
  if (batch === 0) return undefined;
  const size = {
    batch,
    rows,
    columns,
    inner,
    transposeA,
    transposeB,
    aBroadcast: aBatch === 1,
    bBroadcast: bBatch === 1,
  };
  return { shape: [...outer, rows, columns], size };
}

function matmulKernel(original: KernelFunc): KernelFunc {
  return (call) => {
    const { inputs, backend, attrs } = call;
    const found = productOf(inputs.a!, inputs.b!, attrs as unknown as MatmulAttributes);
    if (!found) return original(call);
    return runProduct(backend as UnrolledBackend, inputs.a!, inputs.b!, undefined, found.shape, found.size);
  };
}

/** tfjs's fused product, if only a bias with one value per column is fused. */
function fusedMatmulKernel(original: KernelFunc): KernelFunc {
  return (call) => {
    const { inputs, backend, attrs } = call;
    const { bias } = inputs as { bias?: TensorInfo };
    const plain = !attrs?.activation || attrs.activation === 'linear';
    const found = plain ? productOf(inputs.a!, inputs.b!, attrs as unknown as MatmulAttributes) : undefined;
    const columns = found?.size.columns;
    const simpleBias =
      !bias ||
      (bias.dtype === 'float32' &&
        util.sizeFromShape(bias.shape) === columns &&
        bias.shape[bias.shape.length - 1] === columns);
    if (!found || !simpleBias) return original(call);
    return runProduct(backend as UnrolledBackend, inputs.a!, inputs.b!, bias, found.shape, found.size);
  };
}

/**
 * The kernels of tfjs that are replaced. Each replacement is a function of the CPU backend's kernel. The list
 * is a function, so that bundlers drop it from pages that do not use the backend.
 */
const replacements = (): readonly [string, (original: KernelFunc) => KernelFunc][] => [
  ['BatchMatMul', matmulKernel],
  ['_FusedMatMul', fusedMatmulKernel],
  ['Exp', unaryKernel('exp')],
  ['Sigmoid', unaryKernel('sigmoid')],
  ['Tanh', unaryKernel('tanh')],
  ['Sqrt', unaryKernel('squareRoot')],
  ['Neg', unaryKernel('negate')],
  ['Add', binaryKernel('add')],
  ['Sub', binaryKernel('subtract')],
  ['Multiply', binaryKernel('multiply')],
  ['RealDiv', binaryKernel('divide')],
  ['Square', squareKernel],
  ['Softmax', softmaxKernel],
  ['Sum', sumKernel],
  ['Mean', meanKernel],
  ['Relu', reluKernel],
  ['Step', stepKernel],
  ['GatherV2', gatherKernel],
  ['Slice', sliceKernel],
  ['SplitV', splitKernel],
  ['Unpack', unstackKernel],
  ['Concat', concatKernel],
  ['Pack', stackKernel],
  ['PadV2', padKernel],
  ['Conv2D', convolutionKernel],
  ['FusedConv2D', convolutionKernel],
  ['Conv2DBackpropInput', convolutionInputKernel],
  ['Conv2DBackpropFilter', convolutionFilterKernel],
  ['MaxPool', poolKernel('maximum')],
  ['MaxPoolGrad', poolGradientKernel('maximum')],
  ['AvgPool', poolKernel('average')],
  ['AvgPoolGrad', poolGradientKernel('average')],
];

/** The replacements, applied to the CPU backend's kernels. */
export function replacedKernels(): KernelConfig[] {
  return replacements().map(([kernelName, replace]) => {
    const original = getKernel(kernelName, 'cpu').kernelFunc as (call: {
      inputs: NamedTensorInfoMap;
      backend: unknown;
      attrs?: NamedAttrMap;
    }) => TensorInfo;
    return { kernelName, backendName: 'unrolled', kernelFunc: replace(original as KernelFunc) };
  });
}
