import type { Parameters, RunningTrial, StudyEvent } from '@unrolled/sweeps';
import { argumentsOf } from './ranges';
import type { Plan } from './study-files';

/**
 * The arguments of a trial's program: the common options, the trial's options, and a seed. A repeated
 * combination gets the next seed, which shows the variation between seeds. If the seed is one of the searched
 * options, that seed is used.
 */
export function trialArguments(
  plan: Plan,
  { number, parameters }: Pick<RunningTrial, 'number' | 'parameters'>,
  events: readonly StudyEvent[],
): string[] {
  const args = [...plan.fixed, ...argumentsOf(parameters)];
  return args.includes('--seed') ? args : [...args, '--seed', String(seedOf(number, parameters, events))];
}

export function seedOf(number: number, parameters: Parameters, events: readonly StudyEvent[]): number {
  const same = JSON.stringify(parameters);
  const earlier = new Set<number>();
  for (const event of events) {
    if (event.event === 'asked' && event.number < number && JSON.stringify(event.parameters) === same)
      earlier.add(event.number);
  }
  return 1 + earlier.size;
}
