export { accuracy } from './accuracy';
export { type BinaryCrossEntropyOptions, binaryCrossEntropy } from './binary-cross-entropy';
export type { BinaryLossOptions } from './binary-loss';
export { bitsPerCharacter } from './bits-per-character';
export { type CrossEntropyOptions, crossEntropy, type Reduction } from './cross-entropy';
export { type CtcLossOptions, ctcLoss } from './ctc-loss';
export type { CtcTargets } from './ctc-targets';
export { type FocalLossOptions, focalLoss } from './focal-loss';
export {
  type Likelihood,
  type LikelihoodOptions,
  likelihoodLoss,
  likelihoodParameters,
} from './likelihood-loss';
export { meanAbsoluteError } from './mean-absolute-error';
export { meanSquaredError } from './mean-squared-error';
export { perplexity } from './perplexity';
export { quantileLoss } from './quantile-loss';
export type { Weighted } from './reduction';
export { rootMeanSquaredError } from './root-mean-squared-error';
export { sequenceLogProbability } from './sequence-log-probability';
export {
  type LabelLossOptions,
  type SequenceLoss,
  type SequenceLossOptions,
  type SequenceWeights,
  type SoftmaxLoss,
  sequenceLoss,
  sequenceLossPerStep,
} from './sequence-loss';
export { sumOfSquares } from './sum-of-squares';
export type { WhatCounts } from './what-counts';
