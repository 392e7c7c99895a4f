/**
 * Defaults and presets as data: this entry loads no tensors, so that a command line can show its help at
 * once.
 */
export { PRESETS, type Preset } from './settings/presets';
export { DEFAULTS, type TrainingSettings } from './settings/training-settings';
