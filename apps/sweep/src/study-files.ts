/** A study's directory: what is searched, and all that happened. */
import { appendFileSync, existsSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { inWords, quoted } from '@unrolled/errors';
import {
  createStudy,
  type Direction,
  parseStudyRecord,
  type SearchSpace,
  type StudyEvent,
  type TrialRecord,
} from '@unrolled/sweeps';
import { refuse } from './refuse';
import { readStudyFile } from './study-file';
import { TRAINERS } from './trainers';

export const STUDY_FILES = {
  plan: 'study.json',
  record: 'study.jsonl',
  report: 'report.html',
  table: 'trials.csv',
  /** A folder for each trial, on request. */
  tensorboard: 'tensorboard',
  /** For a replay: the record that it follows. */
  replayed: 'replayed.jsonl',
  /** A folder with the record of each shard. */
  shards: 'shards',
} as const;

/** The search as in `study.json`. */
export interface Plan {
  readonly format: 'unrolled-sweep-1';
  /** A trainer's name, or `run`: the objective of a file. */
  readonly program: string;
  readonly files: readonly string[];
  readonly fixed: readonly string[];
  readonly space: SearchSpace;
  readonly sampler: 'tpe' | 'random' | 'sobol' | 'grid' | 'population';
  readonly samplerSeed: number;
  readonly pruner: 'none' | 'median' | 'halving' | 'hyperband';
  /**
   * Options of the sampler and the pruner, by their names in `@unrolled/sweeps`; default those of the command
   * line.
   */
  readonly samplerOptions?: Readonly<Record<string, unknown>>;
  readonly prunerOptions?: Readonly<Record<string, unknown>>;
  /** Default `minimize`. */
  readonly direction?: Direction;
  readonly trials: number;
  readonly trialSeconds?: number;
  /** For a study in shards: their number. */
  readonly shards?: number;
}

/** @throws where the directory holds no study, naming `scope`'s remedy */
export function readPlan(directory: string): Plan {
  const file = path.join(directory, STUDY_FILES.plan);
  if (!existsSync(file)) {
    const remedy = 'give the directory of a study, as its first line printed it';
    refuse('study', { expected: `a study in ${quoted(directory)}`, got: `no ${STUDY_FILES.plan}`, remedy });
  }
  return planOf(readFileSync(file, 'utf8'), quoted(file));
}

/** A plan out of its JSON. @param where in the words of its refusal */
export function planOf(text: string, where: string): Plan {
  let plan: Partial<Plan> = {};
  try {
    plan = Object(JSON.parse(text)) as Partial<Plan>;
  } catch {
    // Refused below.
  }
  if (FITS.format(plan.format)) return checkPlan(plan, `the plan of a study in ${where}`);
  return refuse('study', {
    expected: `the plan of a study in ${where}`,
    got: quoted(text.slice(0, 40)),
    remedy: ANEW,
  });
}

const ANEW = 'begin another search in another directory: --study';

/** Refuses a plan of which a part is not what it has to be. */
export function checkPlan(plan: Partial<Plan>, expected: string): Plan {
  const wrong = (Object.keys(FITS) as (keyof Plan)[]).find((name) => !FITS[name](plan[name]));
  if (wrong === undefined) return plan as Plan;
  return refuse('study', { expected, got: `another ${wrong}: ${inWords(plan[wrong])}`, remedy: ANEW });
}

/** Refuses to continue a study's file whose space or direction has changed. */
export async function checkSameSpace({ program, files, space, direction }: Plan): Promise<void> {
  if (program !== 'run') return;
  const now = await readStudyFile(files[0]!);
  const same =
    JSON.stringify([now.space, now.direction ?? 'minimize']) ===
    JSON.stringify([space, direction ?? 'minimize']);
  if (same) return;
  const expected = `the space and the direction in ${files[0]} with which the study was begun`;
  refuse('study', {
    expected,
    got: 'others',
    remedy: 'restore them, or begin a study in another directory: --study',
  });
}

const isOneOf = (names: readonly string[]) => (value: unknown) => names.includes(value as string);
const areTexts = (value: unknown) => Array.isArray(value) && value.every((one) => typeof one === 'string');
const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isAbove = (least: number) => (value: unknown) =>
  Number.isSafeInteger(value) && (value as number) > least;

/** The type of each part of a plan; the space is checked by the study. */
const FITS: Readonly<Record<keyof Plan, (value: unknown) => boolean>> = {
  format: isOneOf(['unrolled-sweep-1']),
  program: isOneOf([...TRAINERS.map(({ name }) => name), 'run']),
  files: areTexts,
  fixed: areTexts,
  space: isObject,
  sampler: isOneOf(['tpe', 'random', 'sobol', 'grid', 'population']),
  samplerSeed: isAbove(-1),
  pruner: isOneOf(['none', 'median', 'halving', 'hyperband']),
  samplerOptions: (value) => value === undefined || isObject(value),
  prunerOptions: (value) => value === undefined || isObject(value),
  direction: (value) => value === undefined || isOneOf(['minimize', 'maximize'])(value),
  trials: isAbove(0),
  shards: (value) => value === undefined || isAbove(0)(value),
  trialSeconds: (value) => value === undefined || (Number.isFinite(value) && (value as number) > 0),
};

/**
 * Refuses missing files of a plan, for example in another folder than the study's; patterns are checked by
 * the trainer.
 */
export function checkFiles({ files }: Pick<Plan, 'files'>): void {
  const missing = files.find((file) => !/[*?[\]{}!]/.test(file) && !existsSync(file));
  if (missing === undefined) return;
  const remedy = 'correct the name; a study goes on from the folder in which it was begun';
  const expected = 'files that are there';
  refuse('files', { expected, got: `no ${quoted(missing)} in ${quoted(process.cwd())}`, remedy });
}

/** The events so far, in one process. */
export function readRecord(directory: string, name: string = STUDY_FILES.record): StudyEvent[] {
  const file = path.join(directory, name);
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  return parseStudyRecord(text.slice(0, text.lastIndexOf('\n') + 1));
}

/**
 * The events of all shards of a study, trial by trial; for a study without shards, its record unchanged.
 */
export function readEvents(study: string): StudyEvent[] {
  const folder = path.join(study, STUDY_FILES.shards);
  if (!existsSync(folder)) return readRecord(study);
  const all = readdirSync(folder).flatMap((name) => readRecord(path.join(folder, name)));
  // The order of the events of a trial stays.
  return all.sort((a, b) => a.number - b.number);
}

/** The trials of a study so far, of all its shards. */
export function readTrials(study: string, plan: Plan): readonly TrialRecord[] {
  return trialsIn(readEvents(study), plan);
}

/** The trials of events in order; numbers that another shard has not started are left out. */
export function trialsIn(
  events: readonly StudyEvent[],
  { space }: Pick<Plan, 'space'>,
): readonly TrialRecord[] {
  const numbers = [...new Set(events.map(({ number }) => number))];
  const places = new Map(numbers.map((number, index) => [number, index]));
  const history = events.map((event) => ({ ...event, number: places.get(event.number)! }));
  const sampler = { name: 'record', sample: () => ({}) };
  const { trials } = createStudy({ space, sampler, history, trials: Math.max(1, numbers.length) });
  return trials.map((trial, index) => ({ ...trial, number: numbers[index]! }));
}

/**
 * Appends events to the record, after its last complete line: an incomplete line of a killed process is
 * removed.
 */
export function recorder(directory: string): (event: StudyEvent) => void {
  const file = path.join(directory, STUDY_FILES.record);
  if (existsSync(file)) {
    const bytes = readFileSync(file);
    truncateSync(file, bytes.lastIndexOf(0x0a) + 1);
  }
  return (event) => appendFileSync(file, `${JSON.stringify(event)}\n`);
}
