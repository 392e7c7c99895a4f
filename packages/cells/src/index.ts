export {
  type ActivationData,
  type ActivationName,
  type EmbeddingLayer,
  type Fallback,
  type GruLayer,
  type GruVariant,
  type LayerData,
  type LinearLayer,
  type LstmLayer,
  layerType,
  linearRecurrence,
  type MinGruLayer,
  type MinimalActivation,
  type MinimalLayer,
  type MinLstmLayer,
  onFallback,
  type PicturePadding,
  positive,
  type RecurrenceOptions,
  type RecurrentLayer,
  type Shape,
  type SimpleRnnLayer,
} from '@unrolled/kernels';
export type { Activation } from './activations';
export { type AttendOptions, attend, type CellStates } from './attention/attend';
export type { AttentionParams } from './attention/attention-data';
export type { AttentionState } from './attention/attention-state';
export { type AttentionWrapperOptions, attentionWrapper } from './attention/attention-wrapper';
export { type BridgedState, type BridgeEnds, bridgedStates } from './attention/bridge';
export {
  type EncodeOptions,
  type EncoderDecoder,
  type EncoderDecoderOptions,
  type EncoderDecoderParams,
  encode,
  encoderDecoder,
} from './attention/encoder-decoder';
export { alignmentPaths, constantStatePaths } from './attention/places';
export type { ScoreParams } from './attention/score';
export { unrollWithAlignments, type WithAlignments } from './attention/unroll-with-alignments';
export {
  type AttentionPool,
  type AttentionPoolOptions,
  type AttentionPoolParams,
  attentionPool1d,
  poolingShares,
} from './attention-pool';
export { type Bidirectional, bidirectional, type Directions, splitDirections } from './bidirectional';
export type {
  AnyCell,
  AnyLayer,
  AnyPart,
  AnySequencePart,
  Cell,
  Context,
  InputKind,
  InputKindOf,
  InputOf,
  Layer,
  ManyToMany,
  ManyToOne,
  NoParams,
  NoState,
  OutputOf,
  ParamsOf,
  PartInput,
  SequenceInput,
  StateOf,
  StepContext,
  StepInput,
  Unrolled,
  UnrollOptions,
} from './contract';
export { isCell } from './contract';
export { type Conv1dOptions, type Conv1dParams, conv1d } from './conv1d';
export { type Conv2dOptions, type Conv2dParams, conv2d, type PictureLayer } from './conv2d';
export type { PerAxis } from './convolution-options';
export { type DenseOptions, type DenseParams, dense } from './dense';
export {
  describe,
  type InitializationDescription,
  type ModelDescription,
  type PartDescription,
} from './description';
export {
  type DropoutOptions,
  type DropoutWrapperOptions,
  dropout,
  dropoutGeneratorSeed,
  dropoutWrapper,
} from './dropout';
export { type EmbeddingOptions, type EmbeddingParams, embedding } from './embedding';
export { type GruOptions, type GruParams, gru } from './gru';
export { structureOf } from './identity';
export {
  constant,
  glorotNormal,
  glorotUniform,
  heNormal,
  type Initializer,
  type InitializerName,
  normal,
  orthogonal,
  uniform,
} from './initializers';
export { isManyToOne, lastOutput } from './last-output';
export { type LayerNormOptions, type LayerNormParams, layerNorm } from './layer-norm';
export {
  type LayerNormLstmOptions,
  type LayerNormLstmParams,
  layerNormLstm,
} from './layer-norm-lstm';
export { type LinearCellOptions, linearCell } from './linear-cell';
export { type LstmOptions, type LstmParams, type LstmState, lstm } from './lstm';
export { maskIds, maskSequence } from './masks';
export { type MinGruOptions, type MinGruParams, minGru } from './min-gru';
export { type MinLstmOptions, type MinLstmParams, minLstm } from './min-lstm';
export type { MinimalOptions } from './minimal-cell';
export { modelFrom } from './model-from';
export { parameterShapes, paramsFrom, type TensorValues } from './parameters';
export {
  type FlattenOptions,
  flatten,
  type PixelStepsOptions,
  pixelSteps,
} from './picture-vectors';
export {
  averagePool1d,
  averagePool2d,
  type GlobalPoolOptions,
  globalAveragePool1d,
  globalAveragePool2d,
  globalMaxPool1d,
  globalMaxPool2d,
  maxPool1d,
  maxPool2d,
  type Pool1dOptions,
  type Pool2dOptions,
} from './pooling';
export { deriveSeed, type Random, random, randomFromState } from './random';
export { type RecurrentCellName, recurrentCells } from './recurrent-cells';
export { residual } from './residual';
export { type HiddenState, type SimpleRnnOptions, type SimpleRnnParams, simpleRnn } from './simple-rnn';
export { type Stack, type StackParams, type StackState, stack } from './stack';
export { type Stepper, type StepperOptions, stepper } from './stepper';
export type {
  AttentionPoolStructure,
  AttentionScore,
  AttentionWrapperStructure,
  BidirectionalStructure,
  BridgeName,
  ChannelStructure,
  CompositeStructure,
  Conv1dStructure,
  Conv2dStructure,
  DropoutStructure,
  DropoutWrapperStructure,
  EncoderDecoderStructure,
  FlattenStructure,
  GlobalPoolStructure,
  LayerNormLstmStructure,
  LayerNormStructure,
  PartStructure,
  PixelStepsStructure,
  Pool1dStructure,
  Pool2dStructure,
  StackStructure,
  TiedEmbeddingStructure,
  WrapperStructure,
} from './structure';
export { type TiedEmbeddingOptions, type TiedEmbeddingParams, tiedEmbedding } from './tied-embedding';
export { disposeTree, flattenParams, mapTree, tensorsOf, unflattenParams } from './tree';
export { type RunOptions, unroll, unrollSteps } from './unroll';
