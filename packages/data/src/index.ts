export type { HaltedPolicy } from './csv/check-prices';
export type { MissingPolicy } from './csv/columns';
export type { DayMonthOrder } from './csv/dates';
export type { DuplicatePolicy } from './csv/duplicates';
export type { CsvFinding } from './csv/findings';
export type { DecimalSeparator } from './csv/numbers';
export type { RowOrder } from './csv/order';
export { type PriceColumns, priceColumns } from './csv/price-columns';
export { type CsvFile, type CsvOptions, type CsvSeries, readCsv, readCsvSeries } from './csv/read-csv';
export type { SeriesOptions } from './csv/series';
export { type DecodedText, decodeText } from './encoding';
export type { PriceFinding, PriceFindingKind, PriceTable } from './findings/finding';
export { leakFindings } from './findings/leaks';
export { priceFindings } from './findings/price-findings';
export type { EncodedPair, PairSource, TextPair } from './pairs/pair';
export { type PairBatch, type PairBatches, type PairBatchesOptions, pairBatches } from './pairs/pair-batches';
export {
  type ColumnScale,
  fitMinMaxScaler,
  fitRobustScaler,
  fitStandardScaler,
  type Scaler,
  type ScalerJson,
  scalerFromJSON,
} from './scaling/scalers';
export type { TokenLimits } from './text/commonest-tokens';
export { type Corpus, countCharacters, createCorpus, encodeCorpus } from './text/corpus';
export type { SubwordBase } from './text/subwords/alphabet';
export type { Merge } from './text/subwords/merges';
export type {
  SubwordEncodeOptions,
  SubwordJson,
  SubwordVocabulary,
} from './text/subwords/subword-vocabulary';
export { type TrainSubwordsOptions, trainSubwords } from './text/subwords/train-subwords';
export {
  memoryTokens,
  renumberTokens,
  sliceTokens,
  type TokenSource,
  type Tokens,
} from './text/token-source';
export {
  byteVocabulary,
  createVocabulary,
  type VocabularyOptions,
  vocabularyFromJSON,
  vocabularyOf,
} from './text/vocabulary';
export type {
  TokenDecoder,
  TokenUnit,
  Vocabulary,
  VocabularyJson,
  VocabularyUnit,
} from './text/vocabulary-contract';
export {
  type ChronologicalSplit,
  chronologicalSplit,
  type RowRange,
  type SplitOptions,
} from './windows/chronological-split';
export { type ConcatenatedWindows, concatenateWindows } from './windows/concatenate-windows';
export {
  type ContiguousBatch,
  type ContiguousBatches,
  type ContiguousBatchesOptions,
  contiguousBatches,
} from './windows/contiguous-batches';
export {
  type ForecastWindows,
  type ForecastWindowsOptions,
  forecastWindows,
} from './windows/forecast-windows';
export { oneHot } from './windows/one-hot';
export { type PaddedSequences, type PadOptions, padSequences } from './windows/pad-sequences';
export {
  type EpochBatches,
  type ShuffledBatchesOptions,
  shuffledBatches,
} from './windows/shuffled-batches';
export { type SlidingWindows, slidingWindows, stitchWindows } from './windows/sliding-windows';
export {
  type TeacherForcingBatch,
  type TeacherForcingOptions,
  teacherForcing,
} from './windows/teacher-forcing';
