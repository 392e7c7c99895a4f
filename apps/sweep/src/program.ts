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
An option of the program with several values is searched: a,b,c is a choice, 1..3 a range of
integers, 0..0.5 a range of numbers, 1e-4..1e-2:log a logarithmic range, 0..0.5:0.1 a range with
steps. All other options are passed to the program.

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
      if (!report(step, loss)) break;        // the trial was pruned or stopped
    }
    return loss;
  }

or JSON, { "space": …, "objective": "./objective.mjs" }. Each trial is a separate process. If a trial
is interrupted and restarted, the files in its \`directory\` are still there. With --population, a
trial trains one member for one round; \`from\` is the directory of the checkpoint that it continues.`;

/** The command line. */
export function program(): Command {
  const whole = new Command('sweep')
    .description(
      'Runs char-rnn, stock-forecast, hihello or your own function many times with different options, and reports the best ones.',
    )
    .addHelpText('after', EXAMPLES);
  for (const trainer of TRAINERS) whole.addCommand(searchCommand(trainer));
  whole.addCommand(workerCommand());
  whole.addCommand(
    searchOptions(
      new Command('run')
        .description('Searches for the best parameters of a function, which a study file describes.')
        .argument('<file>', 'study.mjs, study.ts or study.json')
        .addHelpText('after', STUDY_EXAMPLE),
    )
      .option(
        '--population <members>',
        'train this number of members in parallel; the worst continue from checkpoints of the best',
        kind.positiveInteger,
      )
      .option('--rounds <count>', 'number of rounds of a population (default: 10)', kind.positiveInteger)
      .action(beginWithFile),
  );
  whole
    .command('once <file>')
    .description('Runs the function of a study once, and prints its value.')
    .requiredOption('--parameters <json>', 'parameters of the function, such as {"rate":0.01}')
    .option('--number <number>', 'number of the trial', kind.nonNegativeInteger, 0)
    .addOption(kind.jsonOption('{ value, reports }'))
    .action(once);
  whole
    .command('resume <study>')
    .description('Continues a study that was stopped, or adds trials to it.')
    .option(
      '--trials <count>',
      'total number of trials (default: as when the study was started)',
      kind.positiveInteger,
    )
    .option(
      '--workers <count>',
      'number of parallel trials (default: one for each core)',
      kind.positiveInteger,
    )
    .option(...DATABASE_OPTION)
    .addOption(kind.jsonOption(RESULT))
    .action(resume);
  whole
    .command('replay <study>')
    .description(
      'Runs the trials of a study again, following the decisions in its record, and compares each result.',
    )
    .option('--study <directory>', 'directory of the new study (default: runs/sweep-N, the next free N)')
    .option(
      '--workers <count>',
      'number of parallel trials (default: one for each core)',
      kind.positiveInteger,
    )
    .option('--database <address>', 'database that contains the study; its trials run in this process')
    .addOption(kind.jsonOption('{ same, different }'))
    .action(replay);
  whole
    .command('status [study]')
    .description('Prints the progress of a study; for a database without a name, a list of its studies.')
    .option('--watch', 'print the progress again after each change, until the last trial has ended')
    .option('--most <count>', 'maximum number of trials to list', kind.positiveInteger, 10)
    .option(...DATABASE_OPTION)
    .addOption(kind.jsonOption('{ trials }'))
    .action(status);
  whole
    .command('report <study>')
    .description(
      `Writes the report page of a study again, ${STUDY_FILES.report}, and its trials as ${STUDY_FILES.table}.`,
    )
    .option(
      '--tensorboard',
      `also write the trials for TensorBoard's HParams, into ${STUDY_FILES.tensorboard}`,
    )
    .option(...DATABASE_OPTION)
    .addOption(kind.jsonOption('{ study, direction, importance, trials }'))
    .action(report);
  return whole;
}

function searchCommand(trainer: Trainer): Command {
  const words = [trainer.name, ...trainer.command].join(' ');
  const command = new Command(trainer.name)
    .description(`Searches for the best options of ${words}, by the ${trainer.measure}.`)
    .usage(`${trainer.readsFiles ? '[files...] ' : ''}[options of ${trainer.name}] [options]`)
    .argument('[arguments...]')
    .allowUnknownOption();
  return searchOptions(command)
    .addHelpText('after', `${EXAMPLES}\n\nFor the options of the program see: ${words} --help`)
    .action((args: string[], options: SearchCommandOptions) => beginWithOptions(trainer, args, options));
}

function searchOptions(command: Command): Command {
  return command
    .option(
      '--trials <count>',
      'number of trials (default: 20; for a grid all combinations)',
      kind.positiveInteger,
    )
    .option(
      '--sampler <name>',
      'method of choosing options: tpe, random, sobol or grid (default: tpe)',
      kind.choice(...Object.keys(SAMPLERS).filter((name) => name !== 'population')),
    )
    .option(
      '--sampler-seed <number>',
      'seed of the sampler; the same seed repeats its choices (default: 0)',
      kind.seed,
    )
    .option(
      '--pruner <name>',
      'method of stopping bad trials early: none, median, halving or hyperband (default: none)',
      kind.choice(...Object.keys(PRUNERS)),
    )
    .option(
      '--workers <count>',
      'number of parallel trials (default: one for each core)',
      kind.positiveInteger,
    )
    .option(
      '--trial-minutes <count>',
      'time limit of a trial; a trial that exceeds it is stopped and counts as failed',
      kind.positiveNumber,
    )
    .option(
      '--study <directory>',
      'directory of the study (default: runs/sweep-N, the next free N); in a database, its name',
    )
    .option(...DATABASE_OPTION)
    .option(
      '--shard <part>',
      'run only a part of the trials, 1/4 to 4/4; all parts share the folder --study',
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
      expected: 'a study that is not divided into shards',
      got: `one of ${before.shards} shards`,
      remedy: 'run the command of the shard again, which continues it',
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
      remedy: 'run for example: sweep status runs/sweep-1',
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
