import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { UnrolledError } from '@unrolled/errors';
import { chosen, positiveInteger } from './options';
import { APP_STARTS, type AppStart } from './start-up';
import { LEAST_VALUES } from './statistics';
import { WORKLOADS, type Workload } from './workloads';

/** The engines that a checkout can be compared on. */
const ENGINES = ['unrolled', 'unrolled-relaxed', 'unrolled-native'] as const;
export type PairedEngine = (typeof ENGINES)[number];

export interface PairOptions {
  /** The folder of the checkout to compare with. */
  readonly base: string;
  readonly pairs: number;
  /** The number of pairs of processes that share the pairs of measurements. */
  readonly processes: number;
  readonly threads: readonly number[];
  readonly engine: PairedEngine;
  readonly workloads: readonly Workload[];
  readonly starts: readonly AppStart[];
  /** The file for the results as JSON. */
  readonly json?: string;
}

/** The base's checkout may be older than the tasks. */
const PAIRED: readonly Workload[] = WORKLOADS.filter(({ kind }) => kind !== 'task');
const NAMES = [...PAIRED.map(({ name }) => name as string), ...APP_STARTS.map(({ name }) => name)];

export const PAIRS_USAGE = `Usage: npm run bench:pairs -- --base DIR [options]

  --base DIR       the built checkout to compare with
  --pairs N        pairs of measurements of each row, 0.2 s a measurement (default 40)
  --processes N    pairs of processes that share them, because processes differ in speed (default 2)
  --threads LIST   1, 2 or 1,2 (default 1,2)
  --engine NAME    ${ENGINES.join(', ')} (default unrolled-relaxed)
  --only NAMES     measure only these rows, separated by commas: ${NAMES.join(', ')}
  --json FILE      also write the results, with the ratio of each pair, as JSON
  --help`;

/**
 * @param from the folder that relative paths start from
 * @throws UnrolledError for an unknown option, a value out of range, or a base without a build
 */
export function parsePairOptions(args: readonly string[], from = process.cwd()): PairOptions | 'help' {
  const values = parseKnown(args);
  if (values.help) return 'help';
  const only = chosen('--only', values.only, NAMES);
  const pairs = positiveInteger('--pairs', values.pairs ?? '40');
  if (pairs < LEAST_VALUES) {
    throw new UnrolledError('bench', '--pairs', {
      expected: `at least ${LEAST_VALUES}, as an interval needs`,
      got: String(pairs),
    });
  }
  return {
    base: builtCheckout(values.base, from),
    pairs,
    processes: Math.min(pairs, positiveInteger('--processes', values.processes ?? '2')),
    threads: chosen('--threads', values.threads, ['1', '2']).map(Number),
    engine: engineOf(values.engine ?? 'unrolled-relaxed'),
    workloads: PAIRED.filter(({ name }) => only.includes(name)),
    starts: APP_STARTS.filter(({ name }) => only.includes(name)),
    json: values.json,
  };
}

function parseKnown(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        base: text,
        pairs: text,
        processes: text,
        threads: text,
        engine: text,
        only: text,
        json: text,
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new UnrolledError('bench', 'options', {
      expected: 'known options',
      got: (error as Error).message,
      remedy: 'npm run bench:pairs -- --help lists them',
    });
  }
}

function builtCheckout(folder: string | undefined, from: string): string {
  const base = folder === undefined ? undefined : path.resolve(from, folder);
  if (base !== undefined && existsSync(path.join(base, 'bench', 'dist', 'child.js'))) return base;
  throw new UnrolledError('bench', '--base', {
    expected: 'the folder of a built checkout',
    got: base === undefined ? 'nothing' : `${base}, which has no bench/dist/child.js`,
    remedy: 'run UNROLLED_SKIP_TYPES=1 npx turbo run build there',
  });
}

function engineOf(name: string): PairedEngine {
  const found = ENGINES.find((engine) => engine === name);
  if (found) return found;
  throw new UnrolledError('bench', '--engine', {
    expected: `one of ${ENGINES.join(', ')}`,
    got: `'${name}'`,
  });
}
