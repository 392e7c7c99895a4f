export {
  type CheckpointName,
  type CheckpointStore,
  checkpointOf,
  loadRun,
  memoryStore,
  type RunConfig,
  type SavedRun,
} from './checkpoint-store';
export {
  type AdaptiveLearningRate,
  type LearningRate,
  learningRateOf,
  SCHEDULE_SETTINGS,
  type ScheduleName,
  type ScheduleSettings,
} from './learning-rate';
export {
  type LossHistory,
  type LossHistoryState,
  type LossPoint,
  lossHistory,
  type ScorePoint,
} from './loss-history';
export type { RunListener, RunOptions, RunOutcome, RunScore, ValidationResult } from './run-contract';
export type { LogRecord, RunLog } from './run-log';
export type { RunState } from './run-state';
export { runTraining } from './run-training';
export { type FoldedSettings, foldSettings, type SettingsLayer, type SettingsRelations } from './settings';
export { type RunTimes, stepLimit } from './timetable';
