import * as tf from '@tensorflow/tfjs-core';
import type { Binding, TensorFlowBackend } from '../../src/tensorflow/tensorflow-backend';

export const tensorFlow = () => tf.findBackend('tensorflow') as unknown as TensorFlowBackend;

/** Tensors that tfjs knows, and that TensorFlow's binding holds. */
export const liveTensors = () => ({
  tfjs: tf.memory().numTensors,
  native: tensorFlow().binding.getNumOfTensors(),
});

type ExecuteOp = Binding['executeOp'];

/**
 * Puts another function in the place of `executeOp`, which the binding itself does not let be replaced.
 *
 * @returns puts the binding's own back
 */
export function replaceExecuteOp(replace: (own: ExecuteOp) => ExecuteOp): () => void {
  const backend = tensorFlow();
  const { binding } = backend;
  const executeOp = replace((...args) => binding.executeOp(...args));
  const changed = new Proxy({} as Binding, {
    get: (_, key) => (key === 'executeOp' ? executeOp : binding[key as keyof Binding]),
  });
  const put = (value: Binding) => Object.defineProperty(backend, 'binding', { value, configurable: true });
  put(changed);
  return () => put(binding);
}
