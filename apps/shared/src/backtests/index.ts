export { type FitProgram, forecasterFits, forecastFits } from './programs';
export { type OverDatabase, runOverDatabase } from './run';
export { type Backend, isBacktest, type SharedPlan } from './study';
export type { FitAnswer } from './thread';
export { BacktestWorker } from './work';
