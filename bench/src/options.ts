import { parseArgs } from 'node:util';
import { UnrolledError } from '@unrolled/errors';
import { ENGINE_NAMES, type EngineName, INSTRUCTION_SETS, type InstructionSet } from './engines';
import { WORKLOADS, type Workload } from './workloads';

export interface BenchOptions {
  readonly workloads: readonly Workload[];
  readonly engines: readonly EngineName[];
  readonly rounds: number;
  readonly patienceSeconds: number;
  /** A folder for CPU profiles. */
  readonly profile?: string;
  /** The widest instructions that the engines may use. */
  readonly instructions?: InstructionSet;
  /** Whether to measure one thread's processor time instead of elapsed time. */
  readonly processorTime: boolean;
  /** The file for the results as JSON. */
  readonly json?: string;
  /** Whether README.md shows this run from now on. */
  readonly record: boolean;
}

export const USAGE = `Usage: npm run bench -- [options]

  --json FILE        also write the results as JSON
  --record           write this run into bench/README.md and bench/results.json
  --only NAMES       run only these workloads, separated by commas: ${WORKLOADS.map(({ name }) => name).join(', ')}
  --engines NAMES    run only these engines, separated by commas: ${ENGINE_NAMES.join(', ')}
  --rounds N         rounds in which the engines take turns (default 5); slow engines take part in fewer
  --patience SECONDS leave out an engine whose step takes longer (default 45)
  --instructions SET avx2 limits PyTorch's kernels and ours to AVX2, and leaves out engines that cannot be limited
  --processor-time   measure processor time instead of elapsed time, with one thread: for a busy machine
  --profile FOLDER   write a CPU profile of each Node process into this folder
  --help`;

/**
 * @throws UnrolledError for an unknown option, workload or engine, or a number out of range
 */
export function parseOptions(args: readonly string[]): BenchOptions | 'help' {
  const values = parseKnown(args);
  if (values.help) return 'help';
  const names = WORKLOADS.map(({ name }) => name as string);
  const only = chosen('--only', values.only, names);
  return {
    workloads: WORKLOADS.filter(({ name }) => only.includes(name)),
    engines: chosen('--engines', values.engines, ENGINE_NAMES) as EngineName[],
    rounds: positiveInteger('--rounds', values.rounds ?? '5'),
    patienceSeconds: positiveInteger('--patience', values.patience ?? '45'),
    profile: values.profile,
    instructions:
      values.instructions === undefined
        ? undefined
        : (chosen('--instructions', values.instructions, INSTRUCTION_SETS)[0] as InstructionSet),
    processorTime: values['processor-time'],
    json: values.json,
    record: values.record ?? false,
  };
}

function parseKnown(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        json: text,
        record: { type: 'boolean' },
        only: text,
        engines: text,
        rounds: text,
        patience: text,
        profile: text,
        instructions: text,
        'processor-time': { type: 'boolean', default: false },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new UnrolledError('bench', 'options', {
      expected: 'known options',
      got: (error as Error).message,
      remedy: 'npm run bench -- --help lists them',
    });
  }
}

export function chosen(option: string, value: string | undefined, known: readonly string[]): string[] {
  if (value === undefined) return [...known];
  const names = value.split(',').filter((name) => name !== '');
  const strange = names.find((name) => !known.includes(name));
  if (strange === undefined && names.length > 0) return names;
  throw new UnrolledError('bench', option, {
    expected: `some of ${known.join(', ')}`,
    got: strange === undefined ? 'none' : `'${strange}'`,
  });
}

export function positiveInteger(option: string, value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  throw new UnrolledError('bench', option, { expected: 'a whole number of at least 1', got: `'${value}'` });
}
