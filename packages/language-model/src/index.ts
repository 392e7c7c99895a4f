export {
  type Architecture,
  architectureOf,
  type LanguageModel,
  languageModel,
} from './architecture/architecture';
export { checkModelMemory, type ModelSize } from './architecture/memory';
export {
  type CheckpointContent,
  checkpointConfig,
  paramsOf,
  type SavedModel,
  savedModel,
  type TrainedModel,
} from './checkpoint/checkpoint';
export { type CtcLanguageModelOptions, ctcLanguageModel } from './generation/ctc-language-model';
export {
  likeliestTexts,
  type SearchOptions,
  type TextCandidate,
  type TextOptions,
  type WritingOptions,
  writeIds,
  writeText,
  writeTexts,
} from './generation/write-text';
export { type Activations, activationsOf } from './inspection/activations';
export { factorInWords, type GradientProfile, gradientProfile } from './inspection/gradient-profile';
export { spreadWindows } from './inspection/spread-windows';
export { type OrderedUnit, orderUnits, type UnitOrder } from './inspection/unit-order';
export type { OptionNaming } from './refuse';
export { type Ranked, rankScores } from './scoring/rank-scores';
export {
  contextInWords,
  contextOf,
  type Measures,
  measuresOf,
  type Score,
  type ScoringContext,
  type ScoringOptions,
  scoreText,
  sumOfScores,
} from './scoring/score-text';
export { type EncodingOptions, type ScoredText, textToScore } from './scoring/scored-text';
export * from './settings';
export { checkSettings } from './settings/check-settings';
export { completeSettings, type DefaultsOfText, defaultsOfText } from './settings/complete-settings';
export { ONE_HOT_LIMIT, type TextDefaults } from './settings/text-defaults';
export { type Bigram, fitBigram } from './text/bigram';
export { type Cut, type Dataset, type EvaluationPart, prepareDataset } from './text/dataset';
export { type Fingerprint, fingerprintOf } from './text/fingerprint';
export { grownParams, grownVocabulary } from './text/grow-vocabulary';
export { formOf, inModelsForm } from './text/text-form';
export {
  checkTokens,
  encodeStops,
  encodeText,
  fileUnitOf,
  startIds,
  tokensFor,
  unitsOf,
} from './text/token-ids';
export { evaluateOn, lossOf } from './training/loss';
export { batchesPerEpoch, type LanguageModelRun, trainLanguageModel } from './training/train-language-model';
