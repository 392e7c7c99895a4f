/** Beginning a study: what is searched, from a command line or a file. */
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

/** The options of a search; those without a value are taken from the study's file, or the usual ones. */
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

/** How many trials a study has where nobody says. */
const TRIALS = 20;
/** How often the members of a population are compared, at most once less. */
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
      expected: `none: ${trainer.name} reads no files`,
      got: files.join(' '),
      remedy: 'leave them out',
    });
  if ((options.pruner ?? 'none') !== 'none' && !trainer.hasRuns)
    refuse('--pruner', {
      expected: `none for ${trainer.name}, which does not validate`,
      got: options.pruner!,
      remedy: 'leave it out',
    });
  checkFiles({ files });
  await begin({ program: trainer.name, files, fixed, space }, options);
}

/** Searches by a study's file. */
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

/** Trains members of a population in rounds. */
async function beginPopulation(
  file: string,
  { space, direction = 'minimize', trialMinutes }: StudyFile,
  options: SearchCommandOptions,
): Promise<void> {
  const { population: members = 0, rounds = ROUNDS, ...others } = options;
  for (const name of ['trials', 'sampler', 'pruner', 'shard'] as const) {
    if (others[name] === undefined) continue;
    const expected = `--population without --${name}: it makes members × rounds trials by itself`;
    refuse(`--${name}`, { expected, got: 'both', remedy: 'leave one of them out' });
  }
  const plan = { program: 'run', files: [file], fixed: [], space, direction, samplerOptions: { members } };
  await begin(plan, { trialMinutes, ...given(others), sampler: 'population', trials: members * rounds });
}

/** Without what is undefined. */
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
  // The space, and the options of sampler and pruner, are refused before anything is written.
  const strategy = samplerOf(asked);
  prunerOf(asked);
  createStudy({ space: asked.space, sampler: strategy });
  const all = strategy.count?.(asked.space) ?? Number.POSITIVE_INFINITY;
  const isGiven = options.trials !== undefined || all === Number.POSITIVE_INFINITY;
  const plan = { ...asked, trials: isGiven ? Math.min(asked.trials, all) : all };
  if (shard && database !== undefined)
    refuse('--shard', { expected: 'no --database', got: 'both', remedy: 'leave one of them out' });
  if (shard) return beginShard(plan, shard, options);
  if (database !== undefined) return beginInDatabase(plan, { ...options, database });
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
    await search({ study: directory.directory, own: directory }, plan, options);
  } finally {
    await directory.close();
  }
}

/** Runs one shard's trials, or the missing ones: the same command continues an interrupted shard. */
async function beginShard(plan: Plan, shard: Shard, options: SearchCommandOptions): Promise<void> {
  const { study } = options;
  if (study === undefined)
    return refuse('--shard', {
      expected: '--study: a folder that all shards reach',
      got: 'none',
      remedy: '--study /shared/search',
    });
  if (plan.sampler === 'tpe')
    refuse('--sampler', {
      expected: 'random, sobol or grid for shards, which do not know of each other',
      got: 'tpe',
      remedy: '--sampler random',
    });
  claimPlan(study, plan);
  const own = await openRunDirectory(path.join(study, shardFolder(shard)));
  try {
    await search({ study, own, shard }, plan, options);
  } finally {
    await own.close();
  }
}
