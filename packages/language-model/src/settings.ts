/**
 * Defaults and presets as data. This entry does not load TensorFlow.js, so a command line can show its help
 * without delay.
 */
export { PRESETS, type Preset } from './settings/presets';
export { DEFAULTS, type TrainingSettings } from './settings/training-settings';
