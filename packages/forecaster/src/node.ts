export { loadForecaster, saveForecaster } from './node/forecaster-file';
export { runInThreads, type ThreadOptions } from './node/run-in-threads';
