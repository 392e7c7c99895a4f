export { accuracy } from './accuracy';
export { bitsPerCharacter } from './bits-per-character';
export { type CrossEntropyOptions, crossEntropy, type Reduction } from './cross-entropy';
export { type Likelihood, type LikelihoodOptions, likelihoodLoss } from './likelihood-loss';
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
