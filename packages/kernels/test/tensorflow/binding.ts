import * as tf from '@tensorflow/tfjs-core';
import type { Binding, TensorFlowBackend } from '../../src/tensorflow/tensorflow-backend';

export const tensorFlow = () => tf.findBackend('tensorflow') as unknown as TensorFlowBackend;

/** The number of tensors in tfjs and in TensorFlow's binding. */
export const liveTensors = () => ({
  tfjs: tf.memory().numTensors,
  native: tensorFlow().binding.getNumOfTensors(),
});

type ExecuteOp = Binding['executeOp'];

/**
 * Replaces `executeOp`, which the binding itself does not allow.
 *
 * @returns a function that restores the binding's own `executeOp`
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
