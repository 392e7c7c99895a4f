/** The settings as data: loads no tensors, so that a command line can show its help at once. */
export type { Architecture } from './architecture/architecture';
export { checkSettings } from './settings/check-settings';
export { PRESETS, type Preset } from './settings/presets';
export { defaultEmbedding, ONE_HOT_LIMIT, type TextDefaults, textDefaults } from './settings/text-defaults';
export {
  DEFAULTS,
  type OptimizerName,
  SCHEDULE_OPTIONS,
  type ScheduleName,
  type TrainingSettings,
} from './settings/training-settings';
