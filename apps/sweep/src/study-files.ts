/** A study's directory: what is searched, and all that happened. */
import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { inWords, quoted } from '@unrolled/errors';
import { parseStudyRecord, type SearchSpace, type StudyEvent } from '@unrolled/sweeps';
import { refuse } from './refuse';
import { TRAINERS } from './trainers';

export const STUDY_FILES = { plan: 'study.json', record: 'study.jsonl', report: 'report.html' } as const;

/** What is searched and how, as `study.json` has it. */
export interface Plan {
  readonly format: 'unrolled-sweep-1';
  readonly program: string;
  readonly files: readonly string[];
  readonly fixed: readonly string[];
  readonly space: SearchSpace;
  readonly sampler: 'tpe' | 'random' | 'sobol' | 'grid';
  readonly samplerSeed: number;
  readonly pruner: 'none' | 'median' | 'halving';
  readonly trials: number;
  readonly trialSeconds?: number;
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
  const wrong = (Object.keys(FITS) as (keyof Plan)[]).find((name) => !FITS[name](plan[name]));
  if (wrong === undefined) return plan as Plan;
  const got = wrong === 'format' ? quoted(text.slice(0, 40)) : `another ${wrong}: ${inWords(plan[wrong])}`;
  const remedy = 'begin the search anew in another directory: --study';
  return refuse('study', { expected: `the plan of a study in ${where}`, got, remedy });
}

const isOneOf = (names: readonly string[]) => (value: unknown) => names.includes(value as string);
const areTexts = (value: unknown) => Array.isArray(value) && value.every((one) => typeof one === 'string');
const isAbove = (least: number) => (value: unknown) =>
  Number.isSafeInteger(value) && (value as number) > least;

/** What each part of a plan has to be; the space is checked by the study. */
const FITS: Readonly<Record<keyof Plan, (value: unknown) => boolean>> = {
  format: isOneOf(['unrolled-sweep-1']),
  program: isOneOf(TRAINERS.map(({ name }) => name)),
  files: areTexts,
  fixed: areTexts,
  space: (value) => typeof value === 'object' && value !== null,
  sampler: isOneOf(['tpe', 'random', 'sobol', 'grid']),
  samplerSeed: isAbove(-1),
  pruner: isOneOf(['none', 'median', 'halving']),
  trials: isAbove(0),
  trialSeconds: (value) => value === undefined || (Number.isFinite(value) && (value as number) > 0),
};

/** Refuses files of a plan that are not there, as from another folder than the one in which a study was begun; patterns are the trainer's. */
export function checkFiles({ files }: Pick<Plan, 'files'>): void {
  const missing = files.find((file) => !/[*?[\]{}!]/.test(file) && !existsSync(file));
  if (missing === undefined) return;
  const remedy = 'correct the name; a study goes on from the folder in which it was begun';
  const expected = 'files that are there';
  refuse('files', { expected, got: `no ${quoted(missing)} in ${quoted(process.cwd())}`, remedy });
}

/** What happened so far. */
export function readRecord(directory: string): StudyEvent[] {
  const file = path.join(directory, STUDY_FILES.record);
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  return parseStudyRecord(text.slice(0, text.lastIndexOf('\n') + 1));
}

/** Adds events to the record, behind its last whole line: what a killed process left half written is cut off. */
export function recorder(directory: string): (event: StudyEvent) => void {
  const file = path.join(directory, STUDY_FILES.record);
  if (existsSync(file)) {
    const bytes = readFileSync(file);
    truncateSync(file, bytes.lastIndexOf(0x0a) + 1);
  }
  return (event) => appendFileSync(file, `${JSON.stringify(event)}\n`);
}
