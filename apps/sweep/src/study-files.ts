/** A study's directory: what is searched, and all that happened. */
import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { quoted } from '@unrolled/errors';
import { parseStudyRecord, type SearchSpace, type StudyEvent } from '@unrolled/sweeps';
import { refuse } from './refuse';

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
  const text = readFileSync(file, 'utf8');
  try {
    const plan = JSON.parse(text) as Partial<Plan>;
    if (plan.format === 'unrolled-sweep-1' && plan.space && plan.program) return plan as Plan;
  } catch {
    // Refused below.
  }
  const remedy = 'begin the search anew in another directory: --study';
  return refuse('study', {
    expected: `the plan of a study in ${quoted(file)}`,
    got: quoted(text.slice(0, 40)),
    remedy,
  });
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
