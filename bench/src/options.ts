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
  /** Whether the processor's time of one thread counts instead of the clock's. */
  readonly processorTime: boolean;
  /** Where the results go as JSON. */
  readonly json?: string;
  /** Whether the run becomes the one that README.md shows. */
  readonly record: boolean;
}

export const USAGE = `npm run bench -- [options]

  --json FILE        also write the results as JSON
  --record           make this run the table of bench/README.md, with bench/results.json
  --only NAMES       these workloads, comma-separated: ${WORKLOADS.map(({ name }) => name).join(', ')}
  --engines NAMES    these engines, comma-separated: ${ENGINE_NAMES.join(', ')}
  --rounds N         how often the engines take turns (default 5); slow ones stop earlier
  --patience SECONDS leave an engine out whose step takes longer (default 45)
  --instructions SET avx2 holds PyTorch's kernels and ours to AVX2, and leaves out what cannot be held to it
  --processor-time   count one thread's time on the processor, not the clock's: for a busy machine
  --profile FOLDER   write a CPU profile of each of Node's processes there
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
