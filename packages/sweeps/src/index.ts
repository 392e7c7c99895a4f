/** Hyperparameter search: spaces, samplers, pruners, and studies that can be taken up again. */
export { type HyperbandOptions, hyperbandPruner } from './pruners/hyperband';
export { type MedianOptions, medianPruner } from './pruners/median';
export type { PruneRequest, Pruner } from './pruners/pruner';
export { type SuccessiveHalvingOptions, successiveHalvingPruner } from './pruners/successive-halving';
export { type Replay, replayOf } from './replay';
export {
  type Objective,
  type RunningTrial,
  type RunStudyOptions,
  runStudy,
  type StudyResult,
} from './run-study';
export { gridSampler } from './samplers/grid';
export { type PopulationOptions, populationSampler } from './samplers/population';
export { randomSampler } from './samplers/random';
export type { SampleRequest, Sampler } from './samplers/sampler';
export { sobolSampler } from './samplers/sobol';
export { type TpeOptions, tpeSampler } from './samplers/tpe/tpe';
export {
  type ChoiceDimension,
  type Condition,
  choice,
  type Dimension,
  float,
  integer,
  type NumberDimension,
  type NumberOptions,
  type Parameters,
  type ParametersOf,
  type ParameterValue,
  type SearchSpace,
} from './space';
export { createStudy, type Study, type StudyOptions } from './study';
export { parseStudyRecord, type StudyEvent } from './study-events';
export type { Direction, Report, TrialRecord, TrialState } from './trial';
