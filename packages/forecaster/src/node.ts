export { runInThreads, type ThreadOptions } from './node/run-in-threads';
