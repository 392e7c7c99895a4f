/** The program of a study: a trainer with options, or the objective in a file. */
import path from 'node:path';
import type { RunningTrial, StudyEvent, TrialRecord } from '@unrolled/sweeps';
import { trialArguments } from './commands';
import { runObjective } from './run-objective';
import { runTrial } from './run-trial';
import type { Plan } from './study-files';
import { TRAINERS } from './trainers';

/** The directory and options of a trial. */
export interface Place {
  /** The trial's directory. */
  readonly directory: string;
  readonly threads: number;
  /** The directory of the trial that this one continues. */
  readonly from?: string | undefined;
  /** The events of the study so far. */
  readonly events: readonly StudyEvent[];
}

/** A program that runs trials of a study. */
export interface Program {
  /** Its name for people. */
  readonly title: string;
  /** The name of a trial's value. */
  readonly measure: string;
  /** Unit of the value; may be empty. */
  readonly unit: string;
  /** The name of a step for pruners: reports of an objective, validations of a trainer. */
  readonly reports: string;
  run(trial: RunningTrial, place: Place): Promise<number>;
  /** The words of the command line that repeats a trial. */
  words(trial: Pick<TrialRecord, 'number' | 'parameters'>, events: readonly StudyEvent[]): readonly string[];
}

export function programOf(plan: Plan): Program {
  const seconds = plan.trialSeconds;
  const trainer = TRAINERS.find(({ name }) => name === plan.program);
  if (trainer) {
    const args = (trial: Pick<TrialRecord, 'number' | 'parameters'>, events: readonly StudyEvent[]) => [
      ...plan.files,
      ...trialArguments(plan, trial, events),
    ];
    return {
      ...{ title: trainer.name, measure: trainer.measure, unit: trainer.unit, reports: 'validation' },
      run: (trial, { events, from: _, ...place }) =>
        runTrial(trial, { ...place, trainer, seconds, args: args(trial, events) }),
      words: (trial, events) => [trainer.name, ...trainer.command, ...args(trial, events)],
    };
  }
  const file = plan.files[0]!;
  return {
    ...{ title: path.basename(file), measure: 'value', unit: '', reports: 'report' },
    run: (trial, { directory, from, threads }) =>
      runObjective(trial, { file, directory, from, threads, seconds }),
    words: ({ number, parameters }) => [
      ...['sweep', 'once', file, '--number', String(number), '--parameters', JSON.stringify(parameters)],
    ],
  };
}

/** The command line that repeats a single trial. */
export function commandOf(
  plan: Plan,
  trial: Pick<TrialRecord, 'number' | 'parameters'>,
  events: readonly StudyEvent[],
): string {
  return programOf(plan)
    .words(trial, events)
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}
