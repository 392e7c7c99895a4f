import { type KernelFunc, util } from '@tensorflow/tfjs-core';
import { SoftmaxArguments } from '../../generated/abi';
import type { UnrolledBackend } from '../backend/unrolled-backend';

/** An exponential takes about as long as this many multiply-adds. */
const EXP_WORK = 8;

/** tfjs's Softmax, over the last axis. */
export function softmaxKernel(original: KernelFunc): KernelFunc {
  return (call) => {
    const logits = call.inputs.logits!;
    const { shape } = logits;
    const size = util.sizeFromShape(shape);
    const isLast = (call.attrs as { dim?: number } | undefined)?.dim === shape.length - 1;
    if (logits.dtype !== 'float32' || !isLast || size === 0) return original(call);
    const backend = call.backend as UnrolledBackend;
    const { engine } = backend;
    const classes = shape.at(-1)!;
    const logitsAt = backend.address(logits, "softmax's logits");
    const y = backend.makeResident(shape, 'a softmax');
    engine.write(SoftmaxArguments, { rows: size / classes, classes, x: logitsAt, y: y.address });
    engine.run('softmax', engine.threadsFor(size * EXP_WORK));
    return y;
  };
}
