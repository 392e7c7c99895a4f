export { accuracy } from './classes/accuracy';
export { type Average, type AverageOptions, f1Score, precision, recall } from './classes/averaged-scores';
export {
  type ClassificationReport,
  type ClassScores,
  classificationReport,
  type PrecisionRecallF1,
  type ReportOptions,
  type ZeroDivision,
} from './classes/classification-report';
export {
  type ConfusionMatrix,
  confusionMatrix,
  type LabelOptions,
  mergeConfusionMatrices,
} from './classes/confusion-matrix';
export type { Label, Labels } from './classes/labels';
export { matthewsCorrelation } from './classes/matthews-correlation';
export { averagePrecision } from './probabilities/average-precision';
export { brierScore } from './probabilities/brier-score';
export {
  type CalibrationBin,
  type CalibrationError,
  type CalibrationOptions,
  calibrationError,
} from './probabilities/calibration-error';
export { type RocAucOptions, rocAuc } from './probabilities/roc-auc';
export type { Scores } from './probabilities/rows';
export { type TopKOptions, topKAccuracy } from './probabilities/top-k-accuracy';
export type { Running } from './running';
export {
  type AlignedPair,
  type Alignment,
  type AlignTextsOptions,
  type AlignTokensOptions,
  alignCharacters,
  alignTokens,
  alignWords,
} from './text/align';
export {
  bleu,
  type CorpusBleuOptions,
  corpusBleu,
  type SentenceBleuOptions,
  sentenceBleu,
} from './text/bleu';
export type { BleuOptions, BleuScore, BleuSmoothing, BleuStatistics } from './text/bleu-score';
export {
  type ChrfOptions,
  type ChrfScore,
  type ChrfStatistics,
  type CorpusChrfOptions,
  chrf,
  corpusChrf,
  type SentenceChrfOptions,
  sentenceChrf,
} from './text/chrf';
export type { EditCounts, Operation } from './text/edits';
export {
  type CorpusErrorRateOptions,
  characterErrorRate,
  type ErrorRate,
  type ErrorRateOptions,
  type ErrorRateStatistics,
  errorRate,
  phonemeErrorRate,
  type TokenErrorRateOptions,
  tokenErrorRate,
  wordErrorRate,
} from './text/error-rate';
export { type ExactMatchOptions, exactMatch } from './text/exact-match';
export type { ReferenceCount, References, TextCorpus, TextExample } from './text/references';
export type { BleuTokenizer } from './text/tokenizers';
export type { ErrorUnit, Token } from './text/tokens';
