import { refuse } from '../refuse';
import { SCHEDULE_OPTIONS } from '../train/learning-rate';
import type { TrainSettings } from './settings';
import { flagOf, type TrainOptions } from './train-options';

/** Pairs of options that say the same thing in two ways. */
const EXCLUSIVE = [
  ['steps', 'epochs'],
  ['minutes', 'seconds'],
  ['clip', 'clipValue'],
  ['resume', 'initFrom'],
] as const satisfies readonly (readonly [keyof TrainOptions, keyof TrainOptions])[];

/**
 * Refuses options of which one takes the other's place.
 *
 * @param isGiven whether the user gave an option, by its name in `TrainOptions`
 */
export function checkExclusive(isGiven: (name: string) => boolean): void {
  for (const [first, second] of EXCLUSIVE) {
    if (!isGiven(first) || !isGiven(second)) continue;
    refuse(flagOf(first), { expected: `${flagOf(first)} or ${flagOf(second)}`, got: 'both' });
  }
}

/**
 * Refuses settings that contradict each other, or would have no effect.
 *
 * @throws UnrolledError naming the option
 */
export function checkSettings(settings: TrainSettings, isGiven: (name: string) => boolean): void {
  checkModel(settings);
  checkSchedule(settings, isGiven);
  const { optimizer, weightDecay } = settings;
  if (isGiven('beta2') && optimizer !== 'adam')
    refuse('--beta2', { expected: '--optimizer adam beside it', got: optimizer });
  if (weightDecay > 0 && optimizer !== 'adam')
    refuse('--weight-decay', { expected: '--optimizer adam beside it', got: optimizer });
}

function checkModel(settings: TrainSettings): void {
  const { tied, embedding, units, residual, layers, variationalDropout, dropout } = settings;
  if (tied && embedding !== units)
    refuse('--tied', {
      expected: `an embedding as long as a layer is wide, --embedding ${units}`,
      got: `--embedding ${embedding}`,
      remedy: `leave --embedding out, or set --units ${embedding}`,
    });
  if (residual && layers === 1 && embedding !== units)
    refuse('--residual', {
      expected: 'a layer whose input is as long as its output: --layers 2 or more',
      got: '--layers 1',
      remedy: `add layers, or --embedding ${units}`,
    });
  if (variationalDropout && dropout === 0)
    refuse('--variational-dropout', { expected: '--dropout above 0 beside it', got: '--dropout 0' });
}

function checkSchedule(settings: TrainSettings, isGiven: (name: string) => boolean): void {
  const { schedule, learningRate, finalLearningRate } = settings;
  const taken: readonly string[] = SCHEDULE_OPTIONS[schedule];
  for (const name of new Set(Object.values(SCHEDULE_OPTIONS).flat())) {
    if (!isGiven(name) || taken.includes(name)) continue;
    const schedules = Object.entries(SCHEDULE_OPTIONS).filter(([, names]) =>
      (names as readonly string[]).includes(name),
    );
    refuse(flagOf(name), {
      expected: `--schedule ${schedules.map(([own]) => own).join('|')} beside it`,
      got: `--schedule ${schedule}`,
    });
  }
  if (finalLearningRate !== undefined && finalLearningRate > learningRate)
    refuse('--final-learning-rate', {
      expected: `at most the learning rate, ${learningRate}`,
      got: String(finalLearningRate),
    });
}
