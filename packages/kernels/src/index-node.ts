/**
 * The main entry under the export condition `node`. It adds the kernels of tfjs-node's backend `tensorflow`
 * and the native kernels to the main entry.
 */
import { startNative } from './native/start';
import { registerTensorFlowKernels } from './tensorflow/register';
import { setNativeStart } from './wasm/engine/runtime';

export * from './index';

// The backend `tensorflow` may be registered later, or never: kernels are registered by its name alone.
registerTensorFlowKernels();

setNativeStart(startNative);
