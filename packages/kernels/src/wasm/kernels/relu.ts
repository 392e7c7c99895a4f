import { type KernelFunc, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { UnrolledBackend } from '../backend/unrolled-backend';

/**
 * tfjs's Relu, max(x, 0), with NaN for NaN. It loops over the memory, where tfjs's kernel calls a function
 * for each element.
 */
export function reluKernel(original: KernelFunc): KernelFunc {
  return (call) =>
    overFloats(call, original, (from, to) => {
      for (let at = 0; at < to.length; at++) to[at] = Math.max(0, from[at]!);
    });
}

/** tfjs's Step, the derivative of Relu: 1 above 0, `alpha` elsewhere, with NaN for NaN. */
export function stepKernel(original: KernelFunc): KernelFunc {
  return (call) =>
    overFloats(call, original, (from, to) => {
      const alpha = (call.attrs as { alpha?: number } | undefined)?.alpha ?? 0;
      for (let at = 0; at < to.length; at++) {
        const x = from[at]!;
        to[at] = x > 0 ? 1 : Number.isNaN(x) ? x : alpha;
      }
    });
}

function overFloats(
  call: Parameters<KernelFunc>[0],
  original: KernelFunc,
  loop: (from: Float32Array, to: Float32Array) => void,
): TensorInfo | TensorInfo[] {
  const x = call.inputs.x!;
  if (x.dtype !== 'float32') return original(call);
  const backend = call.backend as UnrolledBackend;
  const size = util.sizeFromShape(x.shape);
  const from = backend.address(x, 'the input of an elementwise op');
  const made = backend.makeResident(x.shape, 'the result of an elementwise op');
  const { float32 } = backend.engine;
  loop(
    float32.subarray(from / 4, from / 4 + size),
    float32.subarray(made.address / 4, made.address / 4 + size),
  );
  return made;
}
