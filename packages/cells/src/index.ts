export type { Activation, ActivationName } from './activations';
export { type Bidirectional, bidirectional, type Directions, splitDirections } from './bidirectional';
export type {
  AnyCell,
  AnyLayer,
  AnyPart,
  Cell,
  Context,
  InputKind,
  InputKindOf,
  Layer,
  NoParams,
  NoState,
  ParamsOf,
  SamplerPiece,
  SequenceInput,
  StateOf,
  StepContext,
  StepInput,
  Unrolled,
  UnrollOptions,
} from './contract';
export { isCell } from './contract';
export { type DenseOptions, type DenseParams, dense } from './dense';
export type { LeafDescription, PartDescription } from './description';
export { type DropoutOptions, type DropoutWrapperOptions, dropout, dropoutWrapper } from './dropout';
export { type EmbeddingOptions, type EmbeddingParams, embedding } from './embedding';
export { type Fallback, onFallback } from './fused';
export { type GruOptions, type GruParams, type GruVariant, gru } from './gru';
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
export { lastOutput } from './last-output';
export { type LstmOptions, type LstmParams, type LstmState, lstm } from './lstm';
export { deriveSeed, type Random, random, randomFromState } from './random';
export { type RecurrentCellName, recurrentCells } from './recurrent-cells';
export { residual } from './residual';
export { type HiddenState, type SimpleRnnOptions, type SimpleRnnParams, simpleRnn } from './simple-rnn';
export { type Stack, type StackParams, type StackState, stack } from './stack';
export { type Stepper, type StepperOptions, stepper } from './stepper';
export { type TiedEmbeddingOptions, type TiedEmbeddingParams, tiedEmbedding } from './tied-embedding';
export { disposeTree, flattenParams, mapTree, tensorsOf, unflattenParams } from './tree';
export { unroll } from './unroll';
