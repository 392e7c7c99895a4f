/** The samplers and pruners of a plan. */
import {
  gridSampler,
  hyperbandPruner,
  medianPruner,
  type PopulationOptions,
  type Pruner,
  populationSampler,
  randomSampler,
  type Sampler,
  sobolSampler,
  successiveHalvingPruner,
  tpeSampler,
} from '@unrolled/sweeps';
import type { Plan } from './study-files';

type Options<F extends (...args: never[]) => unknown> = NonNullable<Parameters<F>[0]>;
/** The options as the plan gives them. The sampler or the pruner checks them. */
type Given = Readonly<Record<string, unknown>>;

export const SAMPLERS: Readonly<Record<Plan['sampler'], (options: Given) => Sampler>> = {
  tpe: (options) => tpeSampler(options),
  random: (options) => randomSampler(options),
  sobol: (options) => sobolSampler(options),
  grid: (options) => gridSampler(options),
  population: (options) => populationSampler(options as unknown as PopulationOptions),
};

/** The steps of a trainer are its validations; char-rnn has twenty. */
export const PRUNERS: Readonly<Record<Plan['pruner'], (options: Given) => Pruner | undefined>> = {
  none: () => undefined,
  median: (options) => medianPruner({ warmUpSteps: 2, ...options }),
  halving: (options) => successiveHalvingPruner({ minimumSteps: 2, reductionFactor: 4, ...options }),
  hyperband: (options) =>
    hyperbandPruner({ maximumSteps: 20, ...options } as Options<typeof hyperbandPruner>),
};

/** A grid is run in its order, or shuffled if a pruner compares trials with earlier ones. */
export function samplerOf({ sampler, samplerSeed: seed, samplerOptions, pruner }: Plan): Sampler {
  const isInOrder = sampler === 'grid' && pruner === 'none';
  return SAMPLERS[sampler]({ ...(isInOrder ? {} : { seed }), ...samplerOptions });
}

export const prunerOf = ({ pruner, prunerOptions = {} }: Plan) => PRUNERS[pruner](prunerOptions);
