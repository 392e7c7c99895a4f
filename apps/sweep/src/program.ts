import * as kind from '@unrolled/app-shared';
import { createReporter } from '@unrolled/app-shared';
import { createRunDirectory, openRunDirectory } from '@unrolled/runs/node';
import { createStudy, gridSampler } from '@unrolled/sweeps';
import { Command } from 'commander';
import {
  beginInDatabase,
  DATABASE_OPTION,
  reportFromDatabase,
  resumeInDatabase,
  statusInDatabase,
  workerCommand,
} from './database/commands';
import { readSearch } from './ranges';
import { refuse } from './refuse';
import { search, writeReport } from './search';
import { checkFiles, type Plan, readPlan, readRecord, STUDY_FILES } from './study-files';
import { tableOf } from './table';
import { optionsOf, TRAINERS, type Trainer } from './trainers';

const RESULT = '{ best: { number, value, parameters, command }, trials, interrupted, study }';

const EXAMPLES = `
An option of the program with several values is searched: a,b,c is a choice, 1..3 whole
numbers, 0..0.5 numbers, 1e-4..1e-2:log numbers by their ratio, 0..0.5:0.1 in steps.
All others are handed on.

Examples:
  sweep hihello --cells rnn,lstm,gru --trials 12
  sweep char-rnn poems.txt --units 64,128,256 --learning-rate 1e-4..1e-2:log --trials 40
  sweep char-rnn poems.txt --units 64,128 --dropout 0..0.5 --epochs 5 --pruner halving
  sweep resume runs/sweep-1 --trials 60`;

/** The command line. */
export function program(): Command {
  const whole = new Command('sweep')
    .description(
      'Runs char-rnn or hihello many times, with other options each time, and says which are best.',
    )
    .addHelpText('after', EXAMPLES);
  for (const trainer of TRAINERS) whole.addCommand(searchCommand(trainer));
  whole.addCommand(workerCommand());
  whole
    .command('resume <study>')
    .description('Goes on with a study that was stopped, or makes more trials of it.')
    .option('--trials <count>', 'in all (default: as it was begun)', kind.positiveInteger)
    .option('--workers <count>', 'trials at once (default: one a core)', kind.positiveInteger)
    .option(...DATABASE_OPTION)
    .addOption(kind.jsonOption(RESULT))
    .action(resume);
  whole
    .command('status <study>')
    .description('Says what has been tried so far.')
    .option('--most <count>', 'trials that are listed', kind.positiveInteger, 10)
    .option(...DATABASE_OPTION)
    .addOption(kind.jsonOption('{ trials }'))
    .action(status);
  whole
    .command('report <study>')
    .description(`Writes the page of a study again, ${STUDY_FILES.report}.`)
    .option(...DATABASE_OPTION)
    .action(async (study: string, { database }: { database?: string }) => {
      if (database) return reportFromDatabase(study, { database });
      const plan = readPlan(study);
      const directory = await openRunDirectory(study);
      const written = writeReport(directory, plan);
      createReporter({}).line(`written: ${await written.finally(() => directory.close())}`);
    });
  return whole;
}

function searchCommand(trainer: Trainer): Command {
  return new Command(trainer.name)
    .description(
      `Searches the options of ${[trainer.name, ...trainer.command].join(' ')}: ${trainer.measure}.`,
    )
    .usage(`${trainer.hasRuns ? '[files...] ' : ''}[options of ${trainer.name}] [options]`)
    .argument('[arguments...]')
    .allowUnknownOption()
    .option('--trials <count>', 'how many (default: 20; of a grid all)', kind.positiveInteger)
    .option(
      '--sampler <name>',
      'tpe, random, sobol or grid',
      kind.choice('tpe', 'random', 'sobol', 'grid'),
      'tpe',
    )
    .option('--sampler-seed <number>', 'makes the choices repeatable', kind.seed, 0)
    .option(
      '--pruner <name>',
      'none, median or halving: gives bad trials up',
      kind.choice('none', 'median', 'halving'),
      'none',
    )
    .option('--workers <count>', 'trials at once (default: one a core)', kind.positiveInteger)
    .option('--trial-minutes <count>', 'stops a trial that takes longer, as failed', kind.positiveNumber)
    .option(
      '--study <directory>',
      'its place (default: runs/sweep-N, the next free N); in a database its name',
    )
    .option(...DATABASE_OPTION)
    .addOption(kind.jsonOption(RESULT))
    .addHelpText(
      'after',
      `${EXAMPLES}\n\nIts own options: ${[trainer.name, ...trainer.command, '--help'].join(' ')}`,
    )
    .action((args: string[], options: SearchCommandOptions) => begin(trainer, args, options));
}

interface SearchCommandOptions {
  readonly trials?: number;
  readonly sampler: Plan['sampler'];
  readonly samplerSeed: number;
  readonly pruner: Plan['pruner'];
  readonly workers?: number;
  readonly trialMinutes?: number;
  readonly study?: string;
  readonly database?: string;
  readonly json?: boolean;
}

async function begin(
  trainer: Trainer,
  args: readonly string[],
  options: SearchCommandOptions,
): Promise<void> {
  const { sampler, samplerSeed, pruner, study, trialMinutes } = options;
  const { space, fixed, files } = readSearch(args, optionsOf(trainer));
  if (files.length > 0 && !trainer.hasRuns)
    refuse('files', {
      expected: `none: ${trainer.name} reads no files`,
      got: files.join(' '),
      remedy: 'leave them out',
    });
  if (pruner !== 'none' && !trainer.hasRuns)
    refuse('--pruner', {
      expected: `none for ${trainer.name}, which does not validate`,
      got: pruner,
      remedy: 'leave it out',
    });
  checkFiles({ files });
  const all = sampler === 'grid' ? gridSampler().count!(space) : 20;
  const plan: Plan = {
    ...{
      format: 'unrolled-sweep-1',
      program: trainer.name,
      files,
      fixed,
      space,
      sampler,
      samplerSeed,
      pruner,
    },
    trials: Math.min(options.trials ?? all, sampler === 'grid' ? all : Number.POSITIVE_INFINITY),
    ...(trialMinutes ? { trialSeconds: 60 * trialMinutes } : {}),
  };
  const { database } = options;
  if (database) return beginInDatabase(plan, { ...options, database });
  const directory = await createRunDirectory({
    ...{ directory: study, program: 'sweep', runFiles: [STUDY_FILES.plan, STUDY_FILES.record] },
    refuseEarlier: (place) =>
      refuse('--study', {
        expected: 'a directory without a study',
        got: place,
        remedy: `go on: sweep resume ${place}`,
      }),
  });
  try {
    await directory.write(STUDY_FILES.plan, `${JSON.stringify(plan, null, 2)}\n`);
    await search(directory, plan, options);
  } finally {
    await directory.close();
  }
}

async function resume(
  study: string,
  options: { trials?: number; workers?: number; database?: string; json?: boolean },
): Promise<void> {
  const { database } = options;
  if (database) return resumeInDatabase(study, { ...options, database });
  const before = readPlan(study);
  checkFiles(before);
  const plan = { ...before, trials: options.trials ?? before.trials };
  const directory = await openRunDirectory(study);
  try {
    if (plan.trials !== before.trials)
      await directory.write(STUDY_FILES.plan, `${JSON.stringify(plan, null, 2)}\n`);
    await search(directory, plan, options);
  } finally {
    await directory.close();
  }
}

async function status(
  study: string,
  { most, json, database }: { most: number; json?: boolean; database?: string },
): Promise<void> {
  if (database) return statusInDatabase(study, { database, most, json: json ?? false });
  const plan = readPlan(study);
  const reporter = createReporter({ json: json ?? false });
  const { trials } = createStudy({ space: plan.space, history: readRecord(study), trials: plan.trials });
  const ended = trials.filter(({ state }) => state !== 'running').length;
  reporter.line(`${study}: ${ended} of ${plan.trials} trials of ${plan.program} have ended`);
  if (ended > 0) reporter.line(`\n${tableOf(trials, most)}`);
  reporter.result({ trials });
}
