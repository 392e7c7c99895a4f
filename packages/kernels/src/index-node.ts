/**
 * The main entry under the export condition `node`: the same, the kernels of tfjs-node's backend
 * `tensorflow`, and the native kernels.
 */
import { startNative } from './native/start';
import { registerTensorFlowKernels } from './tensorflow/register';
import { setNativeStart } from './wasm/engine/runtime';

export * from './index';

// tfjs-node's backend may come later, or never: kernels are registered by its name alone.
registerTensorFlowKernels();

setNativeStart(startNative);
