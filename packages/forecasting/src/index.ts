export { type AdaptiveLevel, type AdaptiveLevelOptions, adaptiveLevel } from './adaptive-level';
export {
  type Calendar,
  type CalendarOptions,
  calendarOf,
  frequencyChange,
} from './calendar/calendar';
export {
  type CalendarFeature,
  type CalendarFeatureOptions,
  calendarFeatures,
} from './calendar/calendar-features';
export {
  type Frequency,
  type FrequencyUnit,
  frequencyName,
  frequencyOf,
  usualLags,
  usualSeasons,
} from './calendar/frequency';
export { nextDates } from './calendar/next-dates';
export {
  type ConformalizedQuantiles,
  type ConformalizedQuantilesJson,
  type ConformalizeQuantilesOptions,
  conformalizedQuantilesFromJSON,
  conformalizeQuantiles,
} from './conformalize-quantiles';
export { coverage } from './coverage';
export { type DickeyFullerOptions, type DickeyFullerResult, dickeyFullerTest } from './dickey-fuller-test';
export {
  type DieboldMarianoOptions,
  type DieboldMarianoResult,
  dieboldMarianoSentence,
  dieboldMarianoTest,
} from './diebold-mariano-test';
export { fromDifferences, toDifferences } from './differences';
export { directionalAccuracy } from './directional-accuracy';
export { driftForecast } from './drift-forecast';
export {
  type ExponentialSmoothing,
  type ExponentialSmoothingOptions,
  fitExponentialSmoothing,
} from './exponential-smoothing';
export type { SmoothingName, SmoothingParameters } from './exponential-smoothing-recursion';
export type { Criterion } from './least-squares';
export {
  fitLinearAutoregression,
  type LinearAutoregression,
  type LinearAutoregressionOptions,
} from './linear-autoregression';
export { fromLogReturns, toLogReturns } from './log-returns';
export type { Kernel } from './long-run-variance';
export { meanAbsoluteError } from './mean-absolute-error';
export { meanAbsolutePercentageError } from './mean-absolute-percentage-error';
export { meanAbsoluteScaledError, type ScaledErrorOptions } from './mean-absolute-scaled-error';
export { meanError } from './mean-error';
export { meanIntervalWidth } from './mean-interval-width';
export { meanScaledIntervalScore, type ScaledIntervalOptions } from './mean-scaled-interval-score';
export {
  continuousRankedProbabilityScore,
  meanWeightedQuantileLoss,
  type QuantileForecastOptions,
} from './mean-weighted-quantile-loss';
export { movingAverageForecast } from './moving-average-forecast';
export { naiveForecast } from './naive-forecast';
export { naive2Forecast } from './naive2-forecast';
export { overallWeightedAverage, type PointScores } from './overall-weighted-average';
export { pinballLoss } from './pinball-loss';
export { rootMeanSquaredError } from './root-mean-squared-error';
export { isSeasonal, type SeasonKind, seasonalPattern } from './seasonal-decomposition';
export { seasonalNaiveForecast } from './seasonal-naive-forecast';
export {
  type ConformalKind,
  type Intervals,
  type SplitConformal,
  type SplitConformalJson,
  type SplitConformalOptions,
  splitConformal,
  splitConformalFromJSON,
} from './split-conformal';
export { symmetricMeanAbsolutePercentageError } from './symmetric-mean-absolute-percentage-error';
export { thetaForecast } from './theta-forecast';
export {
  type RowRange,
  type WalkForwardFold,
  type WalkForwardOptions,
  walkForward,
} from './walk-forward';
export { winklerScore } from './winkler-score';
