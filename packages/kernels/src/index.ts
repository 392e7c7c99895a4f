import './gradients';

export { type Fallback, onFallback, tellFallback } from './fallback';
export type { FusedOp } from './kernel-names';
export { EMBEDDING, type EmbeddingLayer } from './layers/embedding';
export { GRU, type GruLayer, type GruVariant } from './layers/gru';
export type {
  ActivationData,
  ActivationName,
  GateActivation,
  LayerSizes,
  LayerType,
  RecurrentLayerSizes,
  Shape,
} from './layers/layer';
export {
  isLayer,
  isMinimal,
  isRecurrent,
  type LayerData,
  layerType,
  type MinimalLayer,
  type RecurrentLayer,
} from './layers/layer-types';
export { LINEAR, type LinearLayer } from './layers/linear';
export { LSTM, type LstmLayer } from './layers/lstm';
export { MIN_GRU, type MinGruLayer } from './layers/min-gru';
export { MIN_LSTM, type MinLstmLayer } from './layers/min-lstm';
export type { MinimalActivation } from './layers/minimal';
export { SIMPLE_RNN, type SimpleRnnLayer } from './layers/simple-rnn';
export { type AttentionSource, attention } from './ops/attention';
export { attentionSequence, type FedAttention } from './ops/attention-sequence';
export { type ConvolutionOptions, convolution, type PicturePadding } from './ops/convolution';
export { type CtcProblem, ctcLosses } from './ops/ctc-losses';
export { embeddingLookup } from './ops/embedding-lookup';
export { gruSequence } from './ops/gru-sequence';
export { lastStep } from './ops/last-step';
export { linear } from './ops/linear';
export { linearRecurrence, minimalRecurrence, type RecurrenceOptions } from './ops/linear-recurrence';
export { lstmSequence } from './ops/lstm-sequence';
export { maskSequence } from './ops/mask-sequence';
export { positive } from './ops/positive';
export {
  recurrentSequence,
  type SequenceOptions,
  type StackPart,
  type StateTensors,
} from './ops/recurrent-sequence';
export { type FirstOrderCheck, firstOrderCheckOf, hasFusedKernel, isTakingGradients } from './ops/registry';
export type { GateOptions, SequenceInputs } from './ops/sequence-inputs';
export { canStack, sequenceStack } from './ops/sequence-stack';
export { simpleRnnSequence } from './ops/simple-rnn-sequence';
export { meanSoftmaxCrossEntropy, softmaxCrossEntropy } from './ops/softmax-cross-entropy';
export { updateParameters } from './ops/update-parameters';
export type { Clip, ParameterUpdate } from './ops/update-rules';
export {
  registerUnrolledBackend,
  type UnrolledBackendInfo,
  unregisterUnrolledBackend,
  unrolledBackendInfo,
  useUnrolledBackend,
} from './wasm/backend/register';
export type { BinaryChoice } from './wasm/engine/binary';
export type { ExecutorInfo } from './wasm/engine/executor';
export type { PoolWorker, WorkerFactory, WorkerUrl } from './wasm/engine/pool';
export type { EngineOptions, ExecutorChoice } from './wasm/engine/runtime';
export type { WasmModule } from './wasm/engine/web-assembly';
export { isKnownActivation } from './wasm/plan/activations';
export type {
  PlanArray,
  PlanBatch,
  PlanCall,
  PlannedParameter,
  PlannedStep,
  PlanSourceArray,
} from './wasm/plan/plan-call';
export type {
  AttentionPart,
  BridgedState,
  DropoutPart,
  PartPath,
  PlanBridge,
  PlanLoss,
  PlanModel,
  PlanPart,
  PlanSource,
  TiedPart,
} from './wasm/plan/plan-model';
export { StepPlanner } from './wasm/plan/planner';
export { createSampler, type SampleOptions, type Sampler } from './wasm/sampler/sampler';
export {
  canSample,
  type SamplerLayer,
  type SamplerModel,
  type SamplerState,
} from './wasm/sampler/sampler-model';
export {
  type AttentionStep,
  canStep,
  isStepActivation,
  type LayerStep,
  type StepActivation,
  type StepPart,
} from './wasm/steps/step-parts';
export { createSteps, type StepOptions, type Steps } from './wasm/steps/steps';
