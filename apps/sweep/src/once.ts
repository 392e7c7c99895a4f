import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createReporter } from '@unrolled/app-shared';
import { inWords, quoted } from '@unrolled/errors';
import { interruptSignal } from '@unrolled/runs/node';
import { createStudy, type Parameters, type Report } from '@unrolled/sweeps';
import { refuse } from './refuse';
import { runObjective } from './run-objective';
import { readStudyFile } from './study-file';

/** Runs the objective of a study's file with given parameters, in a temporary directory. */
export async function once(
  file: string,
  options: { parameters: string; number: number; json?: boolean },
): Promise<void> {
  const { space } = await readStudyFile(file);
  const parameters = parse(options.parameters);
  // Values are refused as in a trial of the study.
  createStudy({ space, sampler: { name: '--parameters', sample: () => parameters } }).ask();
  const reporter = createReporter(options);
  const directory = mkdtempSync(path.join(tmpdir(), 'unrolled-sweep-'));
  const reports: Report[] = [];
  const report = (step: number, value: number) => {
    reports.push({ step, value });
    reporter.line(`step ${step}: ${value}`);
    return true;
  };
  try {
    const trial = { number: options.number, parameters, signal: interruptSignal(), report };
    const value = await runObjective(trial, { file, directory, threads: 1, seconds: undefined }).catch(
      (error: Error) =>
        refuse('objective', { expected: 'a number', got: error.message, remedy: `correct ${file}` }),
    );
    if (trial.signal.aborted) return;
    reporter.line(String(value));
    reporter.result({ value, reports });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function parse(text: string): Parameters {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Parameters;
    return refuse('--parameters', {
      expected: 'a JSON object',
      got: inWords(value),
      remedy: `'{"rate":0.01}'`,
    });
  } catch {
    return refuse('--parameters', { expected: 'JSON', got: quoted(text), remedy: `'{"rate":0.01}'` });
  }
}
