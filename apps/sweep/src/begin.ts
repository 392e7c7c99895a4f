/** Starts a study, described by a command line or a file. */
import path from 'node:path';
import { createRunDirectory, openRunDirectory } from '@unrolled/runs/node';
import { createStudy } from '@unrolled/sweeps';
import { beginInDatabase } from './database/commands';
import { readSearch } from './ranges';
import { refuse } from './refuse';
import { search } from './search';
import { claimPlan, type Shard, shardFolder } from './shards';
import { PRUNERS, prunerOf, SAMPLERS, samplerOf } from './strategies';
import { namedOptions, readStudyFile, type StudyFile } from './study-file';
import { checkFiles, checkPlan, type Plan, STUDY_FILES } from './study-files';
import { optionsOf, type Trainer } from './trainers';

/** The options of a search. Undefined ones are taken from the study's file, or have defaults. */
export interface SearchCommandOptions {
  readonly trials?: number;
  readonly sampler?: Plan['sampler'];
  readonly samplerSeed?: number;
  readonly pruner?: Plan['pruner'];
  readonly workers?: number;
  readonly trialMinutes?: number;
  readonly study?: string;
  readonly population?: number;
  readonly rounds?: number;
  readonly shard?: Shard;
  readonly database?: string;
  readonly json?: boolean;
}

/** Default number of trials of a study. */
const TRIALS = 20;
/** Number of rounds of a population. After each round but the last, the members are compared. */
const ROUNDS = 10;

/** Searches the options of a trainer. */
export async function beginWithOptions(
  trainer: Trainer,
  args: readonly string[],
  options: SearchCommandOptions,
): Promise<void> {
  const { lists, measured } = trainer;
  const { space, fixed, files } = readSearch(args, { known: optionsOf(trainer), lists, measured });
  if (files.length > 0 && !trainer.readsFiles)
    refuse('files', {
      expected: `no files for ${trainer.name}, which reads none`,
      got: files.join(' '),
      remedy: 'omit the files',
    });
  if ((options.pruner ?? 'none') !== 'none' && !trainer.hasRuns)
    refuse('--pruner', {
      expected: `no pruner for ${trainer.name}, which does not validate`,
      got: options.pruner!,
      remedy: 'omit --pruner',
    });
  checkFiles({ files });
  await begin({ program: trainer.name, files, fixed, space }, options);
}

/** Runs the search that a study's file describes. */
export async function beginWithFile(file: string, options: SearchCommandOptions): Promise<void> {
  const said = await readStudyFile(file);
  const sampler = namedOptions('sampler', said.sampler, Object.keys(SAMPLERS));
  const pruner = namedOptions('pruner', said.pruner, Object.keys(PRUNERS));
  if (options.population !== undefined) return beginPopulation(file, said, options);
  const { seed, ...samplerOptions } = sampler?.options ?? {};
  const plan = {
    ...{ program: 'run', files: [file], fixed: [], space: said.space },
    ...(said.direction === undefined ? {} : { direction: said.direction }),
    ...(options.sampler === undefined ? { samplerOptions } : {}),
    ...(options.pruner === undefined && pruner ? { prunerOptions: pruner.options } : {}),
  };
  await begin(plan, {
    ...{ trials: said.trials, trialMinutes: said.trialMinutes, samplerSeed: seed as number },
    sampler: sampler?.name as Plan['sampler'],
    pruner: pruner?.name as Plan['pruner'],
    ...given(options),
  });
}

/** Trains the members of a population in rounds. */
async function beginPopulation(
  file: string,
  { space, direction = 'minimize', trialMinutes }: StudyFile,
  options: SearchCommandOptions,
): Promise<void> {
  const { population: members = 0, rounds = ROUNDS, ...others } = options;
  for (const name of ['trials', 'sampler', 'pruner', 'shard'] as const) {
    if (others[name] === undefined) continue;
    const expected = `--population without --${name}: a population has members × rounds trials`;
    refuse(`--${name}`, { expected, got: 'both', remedy: 'omit one of them' });
  }
  const plan = { program: 'run', files: [file], fixed: [], space, direction, samplerOptions: { members } };
  await begin(plan, { trialMinutes, ...given(others), sampler: 'population', trials: members * rounds });
}

/** Removes undefined entries. */
const given = <T extends object>(options: T): T =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;

type What = Pick<Plan, 'program' | 'files' | 'fixed' | 'space'> & Partial<Plan>;

async function begin(what: What, options: SearchCommandOptions): Promise<void> {
  const { shard, study, database, trialMinutes, samplerSeed = 0, pruner = 'none' } = options;
  const { sampler = shard ? 'random' : 'tpe' } = options;
  const how = { format: 'unrolled-sweep-1' as const, ...what, sampler, samplerSeed, pruner };
  const seconds = trialMinutes === undefined ? {} : { trialSeconds: 60 * Number(trialMinutes) };
  const shards = shard ? { shards: shard.count } : {};
  const asked: Plan = { ...how, trials: options.trials ?? TRIALS, ...seconds, ...shards };
  checkPlan(asked, 'the study');
  // The space, and the options of sampler and pruner, are checked before anything is written.
  const strategy = samplerOf(asked);
  prunerOf(asked);
  createStudy({ space: asked.space, sampler: strategy });
  const all = strategy.count?.(asked.space) ?? Number.POSITIVE_INFINITY;
  const isGiven = options.trials !== undefined || all === Number.POSITIVE_INFINITY;
  const plan = { ...asked, trials: isGiven ? Math.min(asked.trials, all) : all };
  if (shard && database !== undefined)
    refuse('--shard', {
      expected: 'no --database together with --shard',
      got: 'both',
      remedy: 'omit one of them',
    });
  if (shard) return beginShard(plan, shard, options);
  if (database !== undefined) return beginInDatabase(plan, { ...options, database });
  const directory = await createRunDirectory({
    ...{ directory: study, program: 'sweep', runFiles: [STUDY_FILES.plan, STUDY_FILES.record] },
    refuseEarlier: (place) =>
      refuse('--study', {
        expected: 'a directory without a study',
        got: place,
        remedy: `choose another directory, or continue the study: sweep resume ${place}`,
      }),
  });
  try {
    await directory.write(STUDY_FILES.plan, `${JSON.stringify(plan, null, 2)}\n`);
    await search({ study: directory.directory, own: directory }, plan, options);
  } finally {
    await directory.close();
  }
}

/** Runs the trials of one shard. The same command continues an interrupted shard. */
async function beginShard(plan: Plan, shard: Shard, options: SearchCommandOptions): Promise<void> {
  const { study } = options;
  if (study === undefined)
    return refuse('--shard', {
      expected: '--study with a folder that all shards can access',
      got: 'none',
      remedy: 'set for example --study /shared/search',
    });
  if (plan.sampler === 'tpe')
    refuse('--sampler', {
      expected: 'random, sobol or grid for shards, which do not share results',
      got: 'tpe',
      remedy: 'set --sampler random',
    });
  claimPlan(study, plan);
  const own = await openRunDirectory(path.join(study, shardFolder(shard)));
  try {
    await search({ study, own, shard }, plan, options);
  } finally {
    await own.close();
  }
}
