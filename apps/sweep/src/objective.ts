/**
 * The program of the process in which a study's objective runs. `objective.mjs describe FILE` describes the
 * file, and `objective.mjs run FILE NUMBER DIRECTORY PARAMETERS [FROM]` runs its objective. It communicates
 * over descriptor 3, with one JSON object per line. Each report is answered with one byte.
 */
import { readSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { inWords } from '@unrolled/errors';
import type { Parameters } from '@unrolled/sweeps';
import type { StudyTrial } from './study-trial';

const CHANNEL = 3;
const FIELDS = ['space', 'direction', 'trials', 'sampler', 'pruner', 'trialMinutes'] as const;

const tell = (message: object) => writeSync(CHANNEL, `${JSON.stringify(message)}\n`);

function fail(error: unknown): never {
  const words = error instanceof Error ? error.message || error.name : String(error);
  tell({ failure: words.split('\n')[0] });
  process.exit(1);
}

/** A file's exports, or its default export if that is an object. */
async function load(file: string): Promise<Record<string, unknown>> {
  if (file.endsWith('.json')) return Object(JSON.parse(await readFile(file, 'utf8')));
  const isTyped = /\.[cm]?ts$/.test(file);
  const loaded = isTyped
    ? await (await import('jiti')).createJiti(file).import(file)
    : await import(pathToFileURL(file).href);
  const { default: standard, ...named } = Object(loaded);
  return typeof standard === 'object' && standard !== null ? standard : { ...named, default: standard };
}

/** The objective in a file, or in the module that the file names. */
async function objectiveOf(file: string): Promise<(trial: StudyTrial) => unknown> {
  const { objective } = await load(file);
  if (typeof objective === 'function') return objective as (trial: StudyTrial) => unknown;
  if (typeof objective !== 'string')
    throw new Error(`an objective that is ${inWords(objective)}, not a function`);
  const place = path.resolve(path.dirname(file), objective);
  const { objective: inner, default: standard } = await load(place);
  const found = inner ?? standard;
  if (typeof found !== 'function')
    throw new Error(`an objective in ${objective} that is ${inWords(found)}, not a function`);
  return found as (trial: StudyTrial) => unknown;
}

async function describe(file: string): Promise<void> {
  await objectiveOf(file);
  const exports = await load(file);
  if (file.endsWith('.json')) {
    const other = Object.keys(exports).find((name) => ![...FIELDS, 'objective'].includes(name));
    if (other !== undefined) throw new Error(`"${other}", which is none of ${FIELDS.join(', ')}, objective`);
  }
  const study = Object.fromEntries(
    FIELDS.flatMap((name) => (exports[name] === undefined ? [] : [[name, exports[name]]])),
  );
  tell({ study });
}

async function run(file: string, [number, directory, parameters, from]: readonly string[]): Promise<void> {
  const stop = new AbortController();
  process.on('SIGTERM', () => stop.abort());
  const answer = Buffer.alloc(1);
  const trial: StudyTrial = {
    number: Number(number),
    parameters: JSON.parse(parameters!) as Parameters,
    directory: directory!,
    ...(from === undefined ? {} : { from }),
    signal: stop.signal,
    report(step, value) {
      if (stop.signal.aborted) return false;
      tell({ step, value });
      // The parent has exited, or the trial was pruned.
      const goesOn = readSync(CHANNEL, answer, 0, 1, null) === 1 && answer.toString() === 'y';
      if (!goesOn) stop.abort();
      return goesOn;
    },
  };
  const objective = await objectiveOf(file);
  const value = await objective(trial);
  tell(
    typeof value === 'number'
      ? { value: String(value) }
      : { failure: `its objective returned ${inWords(value)}, which is not a number` },
  );
}

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
const [what, file, ...rest] = process.argv.slice(2) as [string, string, ...string[]];
// Node would exit with code 0 if a promise never settles.
process.on('beforeExit', () => fail('its objective never settles: nothing is pending'));
await (what === 'describe' ? describe(file) : run(file, rest)).catch(fail);
// Output is flushed before the exit, so pending work in the process does not delay the study.
await Promise.all(
  [process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))),
);
process.exit(0);
