import { availableParallelism } from 'node:os';
import path from 'node:path';
import { createReporter, type Reporter } from '@unrolled/app-shared';
import { interruptSignal, type RunDirectory } from '@unrolled/runs/node';
import {
  gridSampler,
  medianPruner,
  type RunningTrial,
  randomSampler,
  runStudy,
  type StudyEvent,
  sobolSampler,
  successiveHalvingPruner,
  type TrialRecord,
  tpeSampler,
} from '@unrolled/sweeps';
import { commandOf, trialArguments } from './commands';
import { reportHtml } from './report';
import { runTrial } from './run-trial';
import { type Plan, readRecord, recorder, STUDY_FILES } from './study-files';
import { lineOf, tableOf } from './table';
import { TRAINERS } from './trainers';

const SAMPLERS = {
  tpe: (seed: number) => tpeSampler({ seed }),
  random: (seed: number) => randomSampler({ seed }),
  sobol: (seed: number) => sobolSampler({ seed }),
  grid: () => gridSampler(),
};

/** The steps that pruners see are validations, of which a run of char-rnn has twenty. */
const PRUNERS = {
  none: undefined,
  median: () => medianPruner({ warmUpSteps: 2 }),
  halving: () => successiveHalvingPruner({ minimumSteps: 2, reductionFactor: 3 }),
};

export interface SearchOptions {
  /** Trials at once; default one a core. */
  readonly workers?: number;
  readonly json?: boolean;
}

/** Makes the trials of a plan that are missing in its directory, then writes the report. */
export async function search(
  directory: RunDirectory,
  plan: Plan,
  { workers, json }: SearchOptions,
): Promise<void> {
  const reporter = createReporter({ json: json ?? false });
  const trainer = TRAINERS.find(({ name }) => name === plan.program)!;
  const cores = availableParallelism();
  const concurrency = workers ?? cores;
  const threads = Math.max(1, Math.floor(cores / concurrency));
  const history = readRecord(directory.directory);
  const record = recorder(directory.directory);
  const events: StudyEvent[] = [...history];
  const signal = interruptSignal();
  reporter.line(
    `${directory.directory}: up to ${plan.trials} trials of ${plan.program}, ${concurrency} at once, ` +
      `each on ${threads === 1 ? '1 thread' : `${threads} threads`}`,
  );
  const objective = (trial: RunningTrial) =>
    runTrial(trial, {
      ...{ trainer, threads, seconds: plan.trialSeconds },
      args: [...plan.files, ...trialArguments(plan, trial, events)],
      directory: directory.file(trialFolder(trial.number)),
    });
  const pruner = PRUNERS[plan.pruner]?.();
  const sampler = SAMPLERS[plan.sampler](plan.samplerSeed);
  const { best, trials, wasStopped } = await runStudy(objective, {
    ...{ space: plan.space, trials: plan.trials, sampler, concurrency, signal, history },
    ...(pruner ? { pruner } : {}),
    record: (event) => {
      record(event);
      events.push(event);
    },
    onTrial: (trial) => reporter.line(lineOf(trial)),
  }).finally(() => writeReport(directory, plan));
  summarize(reporter, directory, plan, { best, trials, wasStopped });
}

/** `trials/0007` */
export const trialFolder = (number: number) => path.join('trials', String(number).padStart(4, '0'));

export async function writeReport(directory: RunDirectory, plan: Plan): Promise<string> {
  return directory.write(STUDY_FILES.report, reportHtml(plan, readRecord(directory.directory)));
}

interface Outcome {
  readonly best: TrialRecord | undefined;
  readonly trials: readonly TrialRecord[];
  readonly wasStopped: boolean;
}

function summarize(
  reporter: Reporter,
  directory: RunDirectory,
  plan: Plan,
  { best, trials, wasStopped }: Outcome,
) {
  const events = readRecord(directory.directory);
  reporter.line(`\n${tableOf(trials, 10)}`);
  if (best) reporter.line(`\nthe best again: ${commandOf(plan, best, events)}`);
  reporter.line(`written: ${directory.file(STUDY_FILES.report)}`);
  if (wasStopped) reporter.line(`go on: sweep resume ${directory.directory}`);
  const count = (state: string) => trials.filter((trial) => trial.state === state).length;
  reporter.result({
    best: best
      ? {
          number: best.number,
          value: best.value,
          parameters: best.parameters,
          command: commandOf(plan, best, events),
        }
      : null,
    trials: { complete: count('complete'), pruned: count('pruned'), failed: count('failed') },
    interrupted: wasStopped,
    study: directory.directory,
  });
}
