export { type OverDatabase, runOverDatabase } from './run';
export { type Backend, isBacktest } from './study';
export { BacktestWorker } from './work';
