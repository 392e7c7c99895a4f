export type { Clip } from '@unrolled/kernels';
export { ctcAlign } from './ctc/align';
export { type CtcBeamSearchOptions, type CtcCandidate, ctcBeamSearch } from './ctc/beam-search';
export type { CtcLanguageModel } from './ctc/fusion';
export { ctcGreedy } from './ctc/greedy';
export type { CtcDecodingOptions, CtcText } from './ctc/scores';
export type { BeamCandidate } from './generation/beam';
export {
  type BeamSearchBatchOptions,
  type BeamSearchOptions,
  beamSearch,
  beamSearchBatch,
} from './generation/beam-search';
export {
  type GenerateBatchOptions,
  type GeneratedText,
  type GenerateOptions,
  type GenerateSamplesOptions,
  generate,
  generateBatch,
  generateSamples,
  type SamplingOptions,
} from './generation/generate';
export { type GradientByDistanceOptions, gradientByDistance } from './generation/gradient-by-distance';
export type { RepetitionOptions } from './generation/repetition-penalty';
export { type DrawOptions, greedy, type SampleOptions, sampleFromLogits } from './generation/sampling';
export {
  exponentialTruthRate,
  inverseSigmoidTruthRate,
  type LinearTruthRateOptions,
  linearTruthRate,
  type SampledBatch,
  type ScheduledSamplingOptions,
  scheduledSampling,
  type TruthRate,
} from './generation/scheduled-sampling';
export {
  type ScoreSequenceOptions,
  type SequenceScorer,
  type SequenceScorerOptions,
  scoreSequence,
  sequenceScorer,
} from './generation/score-sequence';
export type { StepResult, TextModelOptions, TextsModelOptions } from './generation/text-model';
export { type AdamOptions, adam } from './loop/adam';
export type { Averaging } from './loop/averaging';
export { type Batches, type BatchSource, permutation } from './loop/batches';
export {
  type Checkpoint,
  type CheckpointOptions,
  decodeCheckpoint,
  encodeCheckpoint,
} from './loop/checkpoint';
export type { ConfigGuard, ConfigParser } from './loop/checkpoint-config';
export type {
  Carry,
  LossContext,
  LossOf,
  TrainOptions,
  TrainRun,
  TrainStep,
  Validation,
} from './loop/contract';
export {
  type BestLoss,
  type EarlyStopping,
  type EarlyStoppingOptions,
  type EarlyStoppingState,
  earlyStopping,
} from './loop/early-stopping';
export type { Environment } from './loop/environment';
export { type EvaluateOptions, evaluate } from './loop/evaluate';
export type { LossResult } from './loop/gradients';
export type { Json } from './loop/json';
export { checkTrainingMemory, type RecurrentSize, recurrentSize, type TrainingSize } from './loop/memory';
export {
  type Counting,
  type LossBatch,
  type ModelBatch,
  type ModelLoss,
  type ModelLossOptions,
  modelLoss,
  type OutputLoss,
  type PairLossBatch,
  type TensorBatch,
} from './loop/model-loss';
export type { Optimizer, UpdateInput, UpdateOutput } from './loop/optimizer';
export type { OptimizerName } from './loop/optimizers';
export type { PairTensorBatch, PairTokens } from './loop/pair-batch';
export {
  type AdaptiveSchedule,
  type ReduceOnPlateauOptions,
  reduceOnPlateau,
  type ScheduleState,
} from './loop/reduce-on-plateau';
export { type RmspropOptions, rmsprop } from './loop/rmsprop';
export {
  type CosineDecayOptions,
  constant,
  cosineDecay,
  type ExponentialDecayOptions,
  exponentialDecay,
  type PolynomialDecayOptions,
  polynomialDecay,
  type Schedule,
  type StepDecayOptions,
  stepDecay,
  warmUp,
} from './loop/schedules';
export { type SgdOptions, sgd } from './loop/sgd';
export { dataOf, restoreParams, type Snapshot, type TensorData, type TensorRecord } from './loop/snapshot';
export type { StartingParams } from './loop/starting-params';
export { type TokenBatch, tokenBatch } from './loop/token-batch';
export { train } from './loop/train';
export { type LoadModelOptions, loadModel } from './model-file/load-model';
export { decodeModels, encodeModels, type ModelAndParams, type ModelSet } from './model-file/model-set';
export {
  type ModelInput,
  type ModelSamplingOptions,
  type PredictOptions,
  type TrainedModel,
  type TrainedModelContent,
  trainedModel,
} from './model-file/trained-model';
export { decodeWeights, encodeWeights } from './model-file/weights';
