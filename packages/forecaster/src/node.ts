export { loadForecaster, saveForecaster } from './node/forecaster-file';
export { runInThreads, type ThreadOptions } from './node/run-in-threads';
export { openTaskThread, type TaskThread, type TaskThreadOptions } from './node/task-thread';
