import { check, checkOptions } from '../refuse';
import {
  choose,
  clamped,
  type Dimension,
  type Parameters,
  type ParameterValue,
  stepOf,
  stepped,
  valueAt,
} from '../space';
import { compareBy, type Direction, type TrialRecord } from '../trial';
import { drawsOf } from './draws';
import { randomSampler } from './random';
import type { SampleRequest, Sampler } from './sampler';

/** Settings of {@link populationSampler}. */
export interface PopulationOptions {
  /** Parallel trainings, at least 2: trial n is training n modulo `members`, in round n / `members`. */
  readonly members: number;
  /** Default 0. */
  readonly seed?: number;
  /**
   * The worst members of a round, this share of them, continue from the same share of the best, in (0, 0.5],
   * default 0.2.
   */
  readonly share?: number;
  /**
   * Probability that a value is drawn again rather than moved when a member explores, in [0, 1], default
   * 0.25.
   */
  readonly resample?: number;
}

/** The factors of a number when a member explores. */
const FACTORS = [0.8, 1.2] as const;

/**
 * Population-based training (Jaderberg et al., 2017) with truncation selection, in rounds: a trial trains one
 * member for one round, from the checkpoint of the trial that `from` names. After a round each of the worst
 * members continues from the checkpoint of one of the best, chosen at random. Its parameters are that one's:
 * numbers × 0.8 or 1.2 (one step down or up, if they have steps), or sometimes a new draw. The others
 * continue unchanged. A round starts when all trials of the previous one have ended, so the study depends
 * only on the seed, not on the order of ends.
 *
 * Trials are members × rounds. A trial that failed is among the worst.
 */
export function populationSampler(options: PopulationOptions): Sampler {
  checkOptions('populationSampler', options, {
    members: 'positive integer',
    seed: 'number?',
    share: 'number?',
    resample: 'number?',
  });
  const { members, seed = 0, share = 0.2, resample = 0.25 } = options;
  check.count('populationSampler', 'members', members, 2);
  check.number('populationSampler', 'share', share, share > 0 && share <= 0.5, 'in (0, 0.5]');
  check.number('populationSampler', 'resample', resample, resample >= 0 && resample <= 1, 'in [0, 1]');
  const atRandom = randomSampler({ seed });
  const parent = ({ number, trials, direction }: Pick<SampleRequest, 'number' | 'trials' | 'direction'>) => {
    if (number < members) return undefined;
    const before = trials.filter((trial) => roundOf(trial.number, members) === roundOf(number, members) - 1);
    return parentOf(number - members, before, { direction, share, draw: drawsOf(seed, number) });
  };
  return {
    name: 'population',
    wave: members,
    from: (request) => parent(request)?.number,
    sample(request) {
      const from = parent(request);
      if (!from) return atRandom.sample(request);
      if (from.number === request.number - members) return from.parameters;
      const draw = drawsOf(seed, request.number);
      draw(); // the one by which the parent was chosen
      return explored(request, from.parameters, resample, draw);
    },
  };
}

const roundOf = (number: number, members: number) => Math.floor(number / members);

/** The trial of the previous round that a member continues from: its own, or one of the best. */
function parentOf(
  own: number,
  round: readonly TrialRecord[],
  {
    direction,
    share,
    draw,
  }: { readonly direction: Direction; readonly share: number; readonly draw: () => number },
): TrialRecord {
  const better = compareBy(direction);
  const worth = ({ state, value }: TrialRecord) => (state === 'complete' ? value! : Number.NaN);
  const ranked = [...round].sort((a, b) => better(worth(a), worth(b)) || a.number - b.number);
  const count = Math.max(1, Math.floor(share * ranked.length));
  const place = ranked.findIndex(({ number }) => number === own);
  return place < ranked.length - count ? ranked[place]! : ranked[Math.floor(draw() * count)]!;
}

/** Parameters near others, each moved or drawn again. */
function explored(
  { space }: SampleRequest,
  parameters: Parameters,
  resample: number,
  draw: () => number,
): Parameters {
  return choose(space, (dimension, name) => {
    const [isNew, position, way] = [draw() < resample, draw(), draw() < 0.5 ? 0 : 1] as const;
    const value = parameters[name];
    return isNew || value === undefined ? valueAt(dimension, position) : moved(dimension, value, way);
  });
}

/** A choice stays as it is: its values have no order. */
function moved(dimension: Dimension, value: ParameterValue, way: 0 | 1): ParameterValue {
  if (dimension.kind === 'choice' || typeof value !== 'number') return value;
  const step = stepOf(dimension);
  if (step !== undefined) {
    const index = Math.round((value - dimension.low) / step) + (way === 0 ? -1 : 1);
    return stepped(
      dimension,
      Math.max(0, Math.min(index, Math.floor((dimension.high - dimension.low) / step + 1e-9))),
    );
  }
  const to = clamped(value * FACTORS[way], dimension);
  return dimension.kind === 'integer' ? Math.round(to) : to;
}
