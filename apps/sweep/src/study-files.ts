/** The directory of a study: its plan and its record. */
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
  /** A folder with an event file for each trial, on request. */
  tensorboard: 'tensorboard',
  /** For a replay: the record whose decisions it follows. */
  replayed: 'replayed.jsonl',
  /** A folder with the record of each shard. */
  shards: 'shards',
} as const;

/** The plan of a search, as in `study.json`. */
export interface Plan {
  readonly format: 'unrolled-sweep-1';
  /** A trainer's name, or `run` for the objective in a file. */
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
  /** For a study in shards: the number of shards. */
  readonly shards?: number;
}

/** @throws if the directory contains no study; the error names `scope` */
export function readPlan(directory: string): Plan {
  const file = path.join(directory, STUDY_FILES.plan);
  if (!existsSync(file)) {
    const remedy = 'pass the directory of a study, which its first line of output names';
    refuse('study', { expected: `a study in ${quoted(directory)}`, got: `no ${STUDY_FILES.plan}`, remedy });
  }
  return planOf(readFileSync(file, 'utf8'), quoted(file));
}

/** Reads a plan from JSON. @param where its place, for errors */
export function planOf(text: string, where: string): Plan {
  let plan: Partial<Plan> = {};
  try {
    plan = Object(JSON.parse(text)) as Partial<Plan>;
  } catch {
    // It is refused below.
  }
  if (FITS.format(plan.format)) return checkPlan(plan, `the plan of a study in ${where}`);
  return refuse('study', {
    expected: `the plan of a study in ${where}`,
    got: quoted(text.slice(0, 40)),
    remedy: ANEW,
  });
}

const ANEW = 'start another search in another directory: --study';

/** Refuses a plan with an invalid entry. */
export function checkPlan(plan: Partial<Plan>, expected: string): Plan {
  const wrong = (Object.keys(FITS) as (keyof Plan)[]).find((name) => !FITS[name](plan[name]));
  if (wrong === undefined) return plan as Plan;
  return refuse('study', { expected, got: `${wrong}: ${inWords(plan[wrong])}`, remedy: ANEW });
}

/** Refuses to continue if the space or direction in the study's file has changed. */
export async function checkSameSpace({ program, files, space, direction }: Plan): Promise<void> {
  if (program !== 'run') return;
  const now = await readStudyFile(files[0]!);
  const same =
    JSON.stringify([now.space, now.direction ?? 'minimize']) ===
    JSON.stringify([space, direction ?? 'minimize']);
  if (same) return;
  const expected = `the space and the direction in ${files[0]}, as when the study was started`;
  refuse('study', {
    expected,
    got: 'others',
    remedy: 'restore them, or start a study in another directory: --study',
  });
}

const isOneOf = (names: readonly string[]) => (value: unknown) => names.includes(value as string);
const areTexts = (value: unknown) => Array.isArray(value) && value.every((one) => typeof one === 'string');
const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isAbove = (least: number) => (value: unknown) =>
  Number.isSafeInteger(value) && (value as number) > least;

/** The type of each entry of a plan. The study checks the space. */
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
 * Refuses a plan if its files are missing, for example in another folder than the study's. The trainer checks
 * patterns.
 */
export function checkFiles({ files }: Pick<Plan, 'files'>): void {
  const missing = files.find((file) => !/[*?[\]{}!]/.test(file) && !existsSync(file));
  if (missing === undefined) return;
  const remedy = 'correct the name, or run the command in the folder in which the study was started';
  const expected = 'the files of the study';
  refuse('files', { expected, got: `no ${quoted(missing)} in ${quoted(process.cwd())}`, remedy });
}

/** The events so far, of one process. */
export function readRecord(directory: string, name: string = STUDY_FILES.record): StudyEvent[] {
  const file = path.join(directory, name);
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  return parseStudyRecord(text.slice(0, text.lastIndexOf('\n') + 1));
}

/** The events of all shards of a study, trial by trial. Without shards, the record unchanged. */
export function readEvents(study: string): StudyEvent[] {
  const folder = path.join(study, STUDY_FILES.shards);
  if (!existsSync(folder)) return readRecord(study);
  const all = readdirSync(folder).flatMap((name) => readRecord(path.join(folder, name)));
  // The events of each trial keep their order.
  return all.sort((a, b) => a.number - b.number);
}

/** The trials of a study so far, of all shards. */
export function readTrials(study: string, plan: Plan): readonly TrialRecord[] {
  return trialsIn(readEvents(study), plan);
}

/** The trials in events, ordered by number. Numbers that a shard has not started are left out. */
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
 * Appends events to the record after its last complete line. An incomplete line of a killed process is
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
