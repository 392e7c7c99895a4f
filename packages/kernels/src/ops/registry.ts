import {
  backend,
  engine,
  type GradConfig,
  getBackend,
  getGradient,
  getKernel,
  type KernelBackend,
  type KernelConfig,
  type NamedAttrMap,
  type NamedTensorMap,
  registerGradient,
  type Tensor,
} from '@tensorflow/tfjs-core';
import type { Refuse } from '@unrolled/errors';
import { type FusedOp, KERNEL } from '../kernel-names';
import { refuse } from '../refuse';

/**
 * A kernel on top of a library of unknown version. It is tried before its first use in a process, and
 * unregistered if the trial fails.
 */
export interface TriedKernel extends KernelConfig {
  trial?: ((backend: KernelBackend) => void) | undefined;
}

/**
 * Whether a trial is running. A trial takes a gradient at the op's first use, which may be inside another
 * gradient.
 */
let isTrying = false;

/** Whether the current backend has a fused kernel for an op of this package. Without one the op throws. */
export function hasFusedKernel(op: FusedOp): boolean {
  if (typeof op !== 'string') return false;
  const kernel = getKernel(KERNEL[op], getBackend()) as TriedKernel | undefined;
  if (!kernel?.trial) return kernel != null;
  const { trial } = kernel;
  kernel.trial = undefined; // The trial itself calls the op.
  isTrying = true;
  try {
    trial(backend());
  } finally {
    isTrying = false;
  }
  return getKernel(KERNEL[op], getBackend()) != null;
}

/** @throws UnrolledError if the current backend lacks the op's kernel */
export function requireFusedKernel(op: FusedOp): void {
  if (hasFusedKernel(op)) return;
  refuse(op, {
    expected: 'a backend with the fused kernel',
    got: `'${getBackend()}'`,
    remedy: 'await useUnrolledBackend() first, or use the step-by-step path (fused: false)',
  });
}

/** Whether a gradient may be taken of the current computation. */
export function isTapeOn(): boolean {
  return (engine() as unknown as { isTapeOn(): boolean }).isTapeOn();
}

/** Whether the current computation is recorded on the gradient tape. */
export const isTakingGradients = (): boolean => engine().state.gradientDepth > 0;

/** Throws in the caller's scope inside the gradient of a gradient, as in `tf.grad(tf.grad(f))`. */
export type FirstOrderCheck = (scope: string) => void;

/**
 * The check with a package's `refuse`. tfjs saves the results of tanh, sigmoid and exp as constants, so its
 * second-order gradients through them are silently wrong. The kernels have no second-order gradients.
 */
export function firstOrderCheckOf(refuseIt: Refuse): FirstOrderCheck {
  return (scope) => {
    if (isTrying || engine().state.gradientDepth < 2) return;
    refuseIt(scope, {
      expected: 'a first-order gradient',
      got: 'a second-order gradient',
      remedy:
        "use finite differences of first-order gradients; tfjs's second-order gradients through tanh, sigmoid and exp are wrong",
      code: 'unsupported',
    });
  };
}

/** The check for ops whose gradient is a kernel without a gradient of its own. */
export const requireFirstOrder: FirstOrderCheck = /* @__PURE__ */ firstOrderCheckOf(refuse);

export function runKernel<R extends Tensor | Tensor[]>(
  name: string,
  inputs: Record<string, Tensor | undefined>,
  attributes: object = {},
): R {
  return engine().runKernel(name, inputs as NamedTensorMap, attributes as unknown as NamedAttrMap) as R;
}

/**
 * Runs an op's kernel. The op's gradient is registered on first use, so importing the op has no side effect.
 */
export function runOp<R extends Tensor | Tensor[]>(
  gradient: GradConfig,
  inputs: Record<string, Tensor | undefined>,
  attributes: object = {},
): R {
  const { kernelName } = gradient;
  if (!getGradient(kernelName)) registerGradient(gradient);
  return runKernel<R>(kernelName, inputs, attributes);
}
