/** The main entry under the export condition `node`: the same, the kernels of tfjs-node's backend `tensorflow`, and the native kernels. */
import { loadNative } from './native/load';
import { registerTensorFlowKernels } from './tensorflow/register';
import { setNativeLoader } from './wasm/engine/native-executor';

export * from './index';

// tfjs-node's backend may come later, or never: kernels are registered by its name alone.
registerTensorFlowKernels();

setNativeLoader(loadNative);
