/** The programs that a sweep can run, and what their results mean. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';

/** A program that trains, and says as its last line what came of it. */
export interface Trainer {
  readonly name: 'hihello' | 'char-rnn';
  /** What stands before its files and options. */
  readonly command: readonly string[];
  /** Whether it works in a run directory: then it validates on its way, and a run that was cut off goes on. */
  readonly hasRuns: boolean;
  /** What a result's number is, in words. */
  readonly measure: string;
  /** The number that a search makes small. */
  valueOf(result: Readonly<Record<string, unknown>>): unknown;
}

export const TRAINERS: readonly Trainer[] = [
  {
    name: 'hihello',
    command: [],
    hasRuns: false,
    measure: 'last training loss, nats',
    valueOf: ({ losses }) => (losses as number[] | undefined)?.at(-1),
  },
  {
    name: 'char-rnn',
    command: ['train'],
    hasRuns: true,
    measure: 'best validation loss, nats',
    valueOf: ({ validationLoss }) => validationLoss,
  },
];

/** The file that Node runs for a trainer. */
export function commandLineOf({ name }: Trainer): string {
  const manifest = createRequire(__filename).resolve(`@unrolled/${name}/package.json`);
  return path.join(path.dirname(manifest), 'dist', 'cli.js');
}

/** The options of a trainer, each with whether a value follows it, out of its own help. */
export function optionsOf(trainer: Trainer): ReadonlyMap<string, boolean> {
  const args = [commandLineOf(trainer), ...trainer.command, '--help'];
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const lines = stdout.matchAll(/^ {2}(?:-\w, )?((?:--[a-z0-9-]+(?:, )?)+)( [<[])?/gm);
  return new Map(
    [...lines].flatMap(([, names, value]) => names!.split(', ').map((name) => [name, value !== undefined])),
  );
}
