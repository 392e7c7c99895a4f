/** Settings, their defaults and names, without TensorFlow.js: for what must load at once. */
export * from './settings/forecast-names';
export { type CheckedSettings, resolveSettings } from './settings/resolve-settings';
export * from './settings/settings';
