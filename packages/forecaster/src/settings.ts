/** Settings, their defaults and names, without TensorFlow.js: for what must load at once. */
export {
  BASELINES,
  type BaselineName,
  FORECAST_NAMES,
  type ForecastName,
} from './settings/forecast-names';
export { type CheckedSettings, resolveSettings } from './settings/resolve-settings';
export {
  type Architecture,
  CELL_NAMES,
  type CellKind,
  EVALUATION_DEFAULTS,
  type EvaluationSettings,
  type ForecasterSettings,
  type LossKind,
  MODEL_CHOICES,
  MODEL_DEFAULTS,
  type ModelSettings,
  modelName,
  type ResolvedSettings,
  type ScalerKind,
  type Strategy,
  type TargetTransform,
  type TaskSettings,
  type TrainingSettings,
  WALK_DEFAULTS,
  type WalkSettings,
} from './settings/settings';
