import './gradients';
import { registerTensorFlowKernels } from './tensorflow/register';

export {
  registerUnrolledBackend,
  type UnrolledBackendInfo,
  unregisterUnrolledBackend,
  unrolledBackendInfo,
  useUnrolledBackend,
} from './backend/register';
export type { BinaryChoice } from './engine/binary';
export type { EngineOptions } from './engine/engine';
export type { PoolWorker, WorkerFactory } from './engine/pool';
export { GRU_GATES, LSTM_GATES } from './gates';
export { type FusedOp, KERNEL } from './kernel-names';
export { embeddingLookup } from './ops/embedding-lookup';
export { type KernelFallback, onKernelFallback } from './ops/fallback';
export { type GruVariant, gruSequence } from './ops/gru-sequence';
export { lastStep } from './ops/last-step';
export { linear } from './ops/linear';
export { lstmSequence } from './ops/lstm-sequence';
export { hasFusedKernel } from './ops/registry';
export type { GateActivation, GateOptions, SequenceInputs, SequenceOptions } from './ops/sequence';
export { type StackPart, type StackPartState, sequenceStack } from './ops/sequence-stack';
export { simpleRnnSequence } from './ops/simple-rnn-sequence';
export { meanSoftmaxCrossEntropy, softmaxCrossEntropy } from './ops/softmax-cross-entropy';
export { type Clip, type ParameterUpdate, slotCount, updateParameters } from './ops/update-parameters';
export {
  createSampler,
  type SampleOptions,
  type Sampler,
  type SamplerLayer,
  type SamplerModel,
  type SamplerState,
} from './sampler';

// tfjs-node's backend may come later, or never: kernels are registered by its name alone.
registerTensorFlowKernels();
