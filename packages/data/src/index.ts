export {
  type ChronologicalSplit,
  chronologicalSplit,
  type Range,
  type SplitOptions,
} from './chronological-split';
export {
  type ContiguousBatch,
  type ContiguousBatches,
  type ContiguousBatchesOptions,
  contiguousBatches,
  type Tokens,
} from './contiguous-batches';
export { type CsvFile, type CsvOptions, readCsv } from './csv';
export type { DecimalSeparator } from './csv-numbers';
export type { RowOrder } from './csv-order';
export { type ForecastWindows, type ForecastWindowsOptions, forecastWindows } from './forecast-windows';
export { oneHot } from './one-hot';
export { type PaddedSequences, type PadOptions, padSequences } from './pad-sequences';
export {
  type ColumnScale,
  fitMinMaxScaler,
  fitStandardScaler,
  type Scaler,
  type ScalerJson,
  scalerFromJSON,
} from './scalers';
export { type SlidingWindows, slidingWindows, stitchWindows } from './sliding-windows';
export {
  createVocabulary,
  type Vocabulary,
  type VocabularyJson,
  type VocabularyOptions,
  vocabularyFromJSON,
  vocabularyOf,
} from './vocabulary';
