/** Settings, their defaults and names. This entry does not import TensorFlow.js, so it loads fast. */
export * from './settings/forecast-names';
export { type CheckedSettings, resolveSettings } from './settings/resolve-settings';
export * from './settings/settings';
