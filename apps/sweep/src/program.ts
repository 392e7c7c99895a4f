import path from 'node:path';
import * as kind from '@unrolled/app-shared';
import { createReporter } from '@unrolled/app-shared';
import { openRunDirectory } from '@unrolled/runs/node';
import { Command } from 'commander';
import { beginWithFile, beginWithOptions, type SearchCommandOptions } from './begin';
import {
  DATABASE_OPTION,
  reportFromDatabase,
  resumeInDatabase,
  statusInDatabase,
  workerCommand,
} from './database/commands';
import { sayState } from './live';
import { once } from './once';
import { programOf } from './programs';
import { refuse } from './refuse';
import { replay } from './replay';
import { search } from './search';
import { parseShard } from './shards';
import { PRUNERS, SAMPLERS } from './strategies';
import { checkFiles, checkSameSpace, readEvents, readPlan, readTrials, STUDY_FILES } from './study-files';
import { tableOf } from './table';
import { tellReport } from './tell-report';
import { TRAINERS, type Trainer } from './trainers';

const RESULT = '{ best: { number, value, parameters, command }, trials, interrupted, study }';

const EXAMPLES = `
An option of the program with several values is searched: a,b,c is a choice, 1..3 whole
numbers, 0..0.5 numbers, 1e-4..1e-2:log numbers by their ratio, 0..0.5:0.1 in steps.
All others are handed on.

Examples:
  sweep hihello --cells rnn,lstm,gru --trials 12
  sweep char-rnn poems.txt --units 64,128,256 --learning-rate 1e-4..1e-2:log --trials 40
  sweep char-rnn poems.txt --units 64,128 --dropout 0..0.5 --epochs 5 --pruner halving
  sweep stock-forecast prices.csv --cells lstm,gru --units 8..32:8 --window 10,20
  sweep run study.mjs --trials 100
  sweep resume runs/sweep-1 --trials 60`;

const STUDY_EXAMPLE = `
The file is a module, or TypeScript:

  export const space = {
    rate: { kind: 'float', low: 0.001, high: 0.1, log: true },
    units: { kind: 'integer', low: 8, high: 64, step: 8 },
    cell: { kind: 'choice', values: ['lstm', 'gru'] },
  };
  export const direction = 'minimize';       // also: trials, sampler, pruner, trialMinutes
  export async function objective({ parameters, number, report, signal, directory }) {
    for (let step = 1; step <= 10; step++) {
      const loss = …;
      if (!report(step, loss)) break;        // given up by the pruner, or stopped
    }
    return loss;
  }

or JSON, { "space": …, "objective": "./objective.mjs" }. Each trial is a process of its own; what it
keeps in \`directory\` is there again when a trial that was cut off begins anew. With --population a
trial is one member's training for a round: it goes on from what its \`from\`, a directory, holds.`;

/** The command line. */
export function program(): Command {
  const whole = new Command('sweep')
    .description(
      'Runs char-rnn, stock-forecast, hihello or a function of yours many times, with other options each time, and says which are best.',
    )
    .addHelpText('after', EXAMPLES);
  for (const trainer of TRAINERS) whole.addCommand(searchCommand(trainer));
  whole.addCommand(workerCommand());
  whole.addCommand(
    searchOptions(
      new Command('run')
        .description('Searches for the best parameters of a function, by the file of a study.')
        .argument('<file>', 'study.mjs, study.ts or study.json')
        .addHelpText('after', STUDY_EXAMPLE),
    )
      .option(
        '--population <members>',
        'trains so many side by side; the worst go on from checkpoints of the best',
        kind.positiveInteger,
      )
      .option('--rounds <count>', 'of a population (default: 10)', kind.positiveInteger)
      .action(beginWithFile),
  );
  whole
    .command('once <file>')
    .description('Runs the function of a study once, and prints its value.')
    .requiredOption('--parameters <json>', 'what it is given: {"rate":0.01}')
    .option('--number <number>', "the trial's number", kind.nonNegativeInteger, 0)
    .addOption(kind.jsonOption('{ value, reports }'))
    .action(once);
  whole
    .command('resume <study>')
    .description('Goes on with a study that was stopped, or makes more trials of it.')
    .option('--trials <count>', 'in all (default: as it was begun)', kind.positiveInteger)
    .option('--workers <count>', 'trials at once (default: one a core)', kind.positiveInteger)
    .option(...DATABASE_OPTION)
    .addOption(kind.jsonOption(RESULT))
    .action(resume);
  whole
    .command('replay <study>')
    .description('Makes a study once more by the decisions in its record, and compares each trial.')
    .option('--study <directory>', 'where (default: runs/sweep-N, the next free N)')
    .option('--workers <count>', 'trials at once (default: one a core)', kind.positiveInteger)
    .option('--database <address>', 'where the study is; its trials run here')
    .addOption(kind.jsonOption('{ same, different }'))
    .action(replay);
  whole
    .command('status [study]')
    .description('Says what has been tried so far; of a database without a name, which studies it has.')
    .option('--watch', 'says it again whenever it changes, until the last trial has ended')
    .option('--most <count>', 'trials that are listed', kind.positiveInteger, 10)
    .option(...DATABASE_OPTION)
    .addOption(kind.jsonOption('{ trials }'))
    .action(status);
  whole
    .command('report <study>')
    .description(
      `Writes the page of a study again, ${STUDY_FILES.report}, and its trials as ${STUDY_FILES.table}.`,
    )
    .option(
      '--tensorboard',
      `writes the trials for TensorBoard's HParams too, into ${STUDY_FILES.tensorboard}`,
    )
    .option(...DATABASE_OPTION)
    .addOption(kind.jsonOption('{ study, direction, importance, trials }'))
    .action(report);
  return whole;
}

function searchCommand(trainer: Trainer): Command {
  const words = [trainer.name, ...trainer.command].join(' ');
  const command = new Command(trainer.name)
    .description(`Searches the options of ${words}: ${trainer.measure}.`)
    .usage(`${trainer.readsFiles ? '[files...] ' : ''}[options of ${trainer.name}] [options]`)
    .argument('[arguments...]')
    .allowUnknownOption();
  return searchOptions(command)
    .addHelpText('after', `${EXAMPLES}\n\nIts own options: ${words} --help`)
    .action((args: string[], options: SearchCommandOptions) => beginWithOptions(trainer, args, options));
}

function searchOptions(command: Command): Command {
  return command
    .option('--trials <count>', 'how many (default: 20; of a grid all)', kind.positiveInteger)
    .option(
      '--sampler <name>',
      'tpe, random, sobol or grid (default: tpe)',
      kind.choice(...Object.keys(SAMPLERS).filter((name) => name !== 'population')),
    )
    .option('--sampler-seed <number>', 'makes the choices repeatable (default: 0)', kind.seed)
    .option(
      '--pruner <name>',
      'gives bad trials up: none, median, halving or hyperband (default: none)',
      kind.choice(...Object.keys(PRUNERS)),
    )
    .option('--workers <count>', 'trials at once (default: one a core)', kind.positiveInteger)
    .option('--trial-minutes <count>', 'stops a trial that takes longer, as failed', kind.positiveNumber)
    .option(
      '--study <directory>',
      'its place (default: runs/sweep-N, the next free N); in a database its name',
    )
    .option(...DATABASE_OPTION)
    .option(
      '--shard <part>',
      'makes part 1/4 to 4/4 of the trials; all parts share the folder --study',
      parseShard,
    )
    .addOption(kind.jsonOption(RESULT));
}

async function resume(
  study: string,
  options: { trials?: number; workers?: number; database?: string; json?: boolean },
): Promise<void> {
  const { database } = options;
  if (database) return resumeInDatabase(study, { ...options, database });
  const before = readPlan(study);
  if (before.shards !== undefined)
    refuse('study', {
      expected: 'a study of one process',
      got: `one of ${before.shards} shards`,
      remedy: 'give the command of a shard again: it goes on',
    });
  checkFiles(before);
  await checkSameSpace(before);
  const plan = { ...before, trials: options.trials ?? before.trials };
  const directory = await openRunDirectory(study);
  try {
    if (plan.trials !== before.trials)
      await directory.write(STUDY_FILES.plan, `${JSON.stringify(plan, null, 2)}\n`);
    await search({ study, own: directory }, plan, options);
  } finally {
    await directory.close();
  }
}

async function status(
  study: string | undefined,
  { most, json, watch, database }: { most: number; json?: boolean; watch?: boolean; database?: string },
): Promise<void> {
  if (database) return statusInDatabase(study, { database, most, json: json ?? false, watch });
  if (study === undefined)
    return refuse('status', {
      expected: 'the directory of a study, or --database',
      got: 'neither',
      remedy: 'sweep status runs/sweep-1',
    });
  const plan = readPlan(study);
  const { direction } = plan;
  const { title, reports } = programOf(plan);
  const reporter = createReporter({ json: json ?? false });
  await sayState(
    async () => {
      const trials = readTrials(study, plan);
      const ended = trials.filter(({ state }) => state !== 'running').length;
      const table = ended > 0 ? `\n\n${tableOf(trials, most, { direction, reports })}` : '';
      const words = `${study}: ${ended} of ${plan.trials} trials of ${title} have ended${table}`;
      return { words, isOver: ended >= plan.trials };
    },
    { reporter, watch },
  );
  reporter.result({ trials: readTrials(study, plan) });
}

async function report(
  study: string,
  { tensorboard, database, json }: { tensorboard?: boolean; database?: string; json?: boolean },
): Promise<void> {
  if (database) return reportFromDatabase(study, { database, tensorboard, json: json ?? false });
  const plan = readPlan(study);
  const at = (name: string) => path.join(study, name);
  const { report: page, table, tensorboard: folder } = STUDY_FILES;
  const places = { page: at(page), table: at(table), tensorboard: at(folder) };
  await tellReport({ study, plan, events: readEvents(study) }, places, { tensorboard, json });
}
