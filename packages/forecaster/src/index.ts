export {
  backtestCollection,
  type CollectionBacktest,
  type CollectionFold,
  collectionFolds,
  type FoldSettings as CollectionFoldSettings,
  type PlannedFold,
  type Walk as CollectionWalk,
} from './collection/backtest';
export type { CollectionBaseline } from './collection/baselines';
export { compareCollections } from './collection/compare';
export type { CollectionEvaluation, CollectionScores } from './collection/evaluation';
export type { CollectionForecast, SeriesRecord } from './collection/records';
export type { SteadyRule } from './collection/steady';
export type { CoveragePeriod } from './evaluation/coverage-over-time';
export type { Evaluation, Scores } from './evaluation/evaluate';
export type { FoldSummary, Span } from './evaluation/fold-summaries';
export type { IntervalMetrics, Metrics, MetricsTable } from './evaluation/metrics';
export type { SeriesOutcome } from './evaluation/outcome';
export type { BaselineTest, Verdict } from './evaluation/verdict';
export { type BacktestOptions, type BacktestResult, backtest, backtestResult } from './forecaster/backtest';
export { type FittedForecaster, fitForecaster, fitPlanned } from './forecaster/fit-forecaster';
export type { Forecaster, ForecasterData } from './forecaster/forecaster';
export { decodeForecaster, encodeForecaster } from './forecaster/forecaster-file';
export type { GlobalData } from './global/fit-members';
export type { GlobalForecast } from './global/forecast-of';
export { backtestGlobal, type GlobalEvaluation, type GlobalFold } from './global/global-backtest';
export { decodeGlobalForecaster, encodeGlobalForecaster } from './global/global-file';
export {
  fitGlobalForecaster,
  type GlobalForecaster,
  type GlobalForecastOptions,
} from './global/global-forecaster';
export type { GlobalSeries } from './global/global-series';
export type { ForecastDistribution, GlobalSettings } from './global/global-settings';
export { calibrateHybrid, type HybridFit } from './hybrid/calibrate-hybrid';
export { backtestHybrid, type HybridEvaluation, type HybridFold } from './hybrid/hybrid-backtest';
export type { HybridCalibration, HybridData } from './hybrid/hybrid-data';
export { decodeHybridForecaster, encodeHybridForecaster } from './hybrid/hybrid-file';
export {
  fitHybridForecaster,
  type HybridForecast,
  type HybridForecaster,
} from './hybrid/hybrid-forecaster';
export type { HybridSeries } from './hybrid/hybrid-series';
export type { HybridSettings } from './hybrid/hybrid-settings';
export type { Calibration, CalibrationJson, IntervalMethod } from './model/calibration';
export type { Scaling } from './model/examples';
export type { FitOptions, FittedModel, TrainingHistory } from './model/fit-model';
export type { SeriesIntervals } from './model/intervals';
export type { NextForecast, NextRow } from './model/next-forecast';
export { buildNetwork, type Network, type NetworkParams, type NetworkShape } from './network/network';
export type { EpochLoss } from './network/train-network';
export type { Panel, PanelSeries, Series, SeriesInput } from './series/panel';
export type { ChosenTransform } from './series/transform';
export * from './settings';
export type { BaselineForecasts } from './walk/baselines';
export {
  type BacktestPlan,
  type BacktestSettings,
  type FitSettings,
  type FitTask,
  planBacktest,
  planFit,
} from './walk/plan';
export type { SeriesForecasts, TaskResult } from './walk/run-task';
export { type RunOptions, type RunTasks, runTasks } from './walk/run-tasks';
