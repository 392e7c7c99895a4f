/**
 * Defaults and presets as data. This entry does not load TensorFlow.js, so a command line shows its help
 * quickly.
 */
export { PRESETS, type Preset } from './settings/presets';
export { DEFAULTS, type TrainingSettings } from './settings/training-settings';
