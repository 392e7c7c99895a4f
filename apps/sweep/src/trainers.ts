/** The programs that a sweep can run, and the meaning of their results. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** A program that trains, and prints its result as its last line. */
export interface Trainer {
  readonly name: 'hihello' | 'char-rnn' | 'stock-forecast';
  /** The arguments before the files and options. */
  readonly command: readonly string[];
  readonly readsFiles: boolean;
  /** Whether it uses a run directory, and writes each validation to the log there. */
  readonly hasRuns: boolean;
  /** Whether an interrupted run resumes from its last checkpoint; otherwise it starts again. */
  readonly resumes: boolean;
  /** Additional options of a trial, which do not affect its value. */
  readonly quietly: readonly string[];
  /** Options of which one value contains commas. They are repeated to give several values. */
  readonly lists: readonly string[];
  /** Options that change the measure, so values with different settings cannot be compared. */
  readonly measured: readonly string[];
  /** The name of the result's value, and its unit. */
  readonly measure: string;
  readonly unit: string;
  /** The value that a search minimises. */
  valueOf(result: Readonly<Record<string, unknown>>): unknown;
}

export const TRAINERS: readonly Trainer[] = [
  {
    ...{ name: 'hihello', command: [], readsFiles: false, hasRuns: false, resumes: false },
    ...{ quietly: [], lists: [], measured: [] },
    ...{ measure: 'last training loss', unit: 'nats' },
    valueOf: ({ losses }) => (losses as number[] | undefined)?.at(-1),
  },
  {
    ...{ name: 'char-rnn', command: ['train'], readsFiles: true, hasRuns: true, resumes: true },
    ...{ quietly: [], lists: [] },
    measured: [
      ...['--unit', '--minimum-count', '--vocabulary-size', '--encoding', '--normalize', '--validation'],
      ...['--validation-limit', '--test'],
    ],
    ...{ measure: 'best validation loss', unit: 'nats' },
    valueOf: ({ validationLoss }) => validationLoss,
  },
  {
    ...{ name: 'stock-forecast', command: ['train'], readsFiles: true, hasRuns: true, resumes: false },
    ...{ quietly: ['--no-report'], lists: ['--features', '--quantiles', '--columns', '--series'] },
    measured: [
      ...['--target', '--horizon', '--strategy', '--target-transform', '--scaler', '--loss', '--quantiles'],
      ...['--validation', '--train-share', '--series', '--missing', '--halted'],
    ],
    ...{ measure: 'validation loss', unit: 'scaled' },
    valueOf: ({ validationLoss }) => validationLoss,
  },
];

const manifestOf = ({ name }: Trainer) => createRequire(__filename).resolve(`@unrolled/${name}/package.json`);

/** The file that Node runs for a trainer. */
export const commandLineOf = (trainer: Trainer): string =>
  path.join(path.dirname(manifestOf(trainer)), 'dist', 'cli.js');

/** The version of a trainer. Another version may give other bytes. */
export const versionOf = (trainer: Trainer): string =>
  JSON.parse(readFileSync(manifestOf(trainer), 'utf8')).version;

/** The options of a trainer, and whether each takes a value, from its help. */
export function optionsOf(trainer: Trainer): ReadonlyMap<string, boolean> {
  const args = [commandLineOf(trainer), ...trainer.command, '--help'];
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const lines = stdout.matchAll(/^ {2}(?:-\w, )?((?:--[a-z0-9-]+(?:, )?)+)( [<[])?/gm);
  return new Map(
    [...lines].flatMap(([, names, value]) => names!.split(', ').map((name) => [name, value !== undefined])),
  );
}
