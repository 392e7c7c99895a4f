/** The main entry under the export condition `node`: the same, and the kernels of tfjs-node's backend `tensorflow`. */
import { registerTensorFlowKernels } from './tensorflow/register';

export * from './index';

// tfjs-node's backend may come later, or never: kernels are registered by its name alone.
registerTensorFlowKernels();
