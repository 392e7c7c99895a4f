import { quoted } from '@unrolled/errors';
import {
  choice,
  type Dimension,
  float,
  integer,
  type ParameterValue,
  type SearchSpace,
} from '@unrolled/sweeps';
import { refuse } from './refuse';

const NUMBER = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?`;
const RANGE = new RegExp(`^(${NUMBER})\\.\\.(${NUMBER})(?::(log|${NUMBER}))?$`, 'i');
const WHOLE = /^[+-]?\d+$/;

/** The arguments after a trainer's name: searched options, common options, and files. */
export interface Search {
  readonly space: SearchSpace;
  /** As arguments: `['--units', '64']`. */
  readonly fixed: readonly string[];
  readonly files: readonly string[];
}

/** A trainer's options, and those that can be searched. */
export interface KnownOptions {
  /** Each option, and whether it takes a value. */
  readonly known: ReadonlyMap<string, boolean>;
  readonly lists?: readonly string[];
  readonly measured?: readonly string[];
}

/**
 * Parses a trainer's arguments. A value with commas is a choice. `LOW..HIGH` is a range, of integers if both
 * ends are integers; `:log` makes it logarithmic, `:STEP` adds steps. A repeated option is a choice of its
 * values. Any other value is passed to the trainer.
 */
export function readSearch(
  args: readonly string[],
  { known, lists = [], measured = [] }: KnownOptions,
): Search {
  const space: Record<string, Dimension> = {};
  const flags: string[] = [];
  const given = new Map<string, string[]>();
  const files: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const [typed, inline] = split(args[at]!);
    if (!typed.startsWith('--')) {
      files.push(args[at]!);
      continue;
    }
    const name = nameOf(typed, known);
    if (!known.get(name)) {
      flags.push(name);
      continue;
    }
    const value = inline ?? args[++at];
    if (value === undefined)
      refuse(name, {
        expected: 'a value',
        got: 'nothing',
        remedy: `write for example ${name} 64, or ${name} 64,128`,
      });
    given.set(name, [...(given.get(name) ?? []), value]);
  }
  const fixed: string[] = [];
  for (const [name, values] of given) {
    const dimension =
      values.length > 1
        ? choiceOf(name, values)
        : lists.includes(name)
          ? undefined
          : dimensionOf(name, values[0]!);
    if (!dimension) fixed.push(name, values[0]!);
    else if (!measured.includes(name)) space[name] = dimension;
    else {
      const remedy = `use one value of ${name} for all trials, and a separate study for each value`;
      refuse(name, {
        expected: 'one value, because losses with different values cannot be compared',
        got: values.join(' '),
        remedy,
      });
    }
  }
  if (Object.keys(space).length === 0) {
    const remedy = 'give several values for an option: --units 64,128,256, or --learning-rate 1e-4..1e-2:log';
    refuse('options', {
      expected: 'at least one option with several values',
      got: 'one value for each option',
      remedy,
    });
  }
  return { space, fixed: [...fixed, ...flags], files };
}

const split = (arg: string): [string, string | undefined] => {
  const equals = arg.startsWith('--') ? arg.indexOf('=') : -1;
  return equals < 0 ? [arg, undefined] : [arg.slice(0, equals), arg.slice(equals + 1)];
};

/** Finds an option of the trainer: as typed, or in the singular, `--cell` for `--cells`. */
function nameOf(typed: string, known: ReadonlyMap<string, boolean>): string {
  const found = [typed, typed.replace(/s$/, '')].find((name) => known.has(name));
  if (found && !/^--(json|run-directory|output|resume|help|lab|no-report)$/.test(found)) return found;
  const remedy = found ? 'omit it: the sweep sets this option' : `use one of ${[...known.keys()].join(' ')}`;
  return refuse('options', { expected: 'an option of the program', got: quoted(typed), remedy });
}

function dimensionOf(name: string, value: string): Dimension | undefined {
  const range = RANGE.exec(value);
  if (range) return rangeOf(name, range as unknown as [string, string, string, string | undefined]);
  if (!value.includes(',')) return undefined;
  return choiceOf(name, value.split(','));
}

/** A choice of values, as typed. */
function choiceOf(name: string, typed: readonly string[]): Dimension {
  const values = typed.map((one) => one.trim());
  // The spelling of a number is not kept: 1 and 01 are the same value.
  const isExact = (one: string) => WHOLE.test(one) && Number.isSafeInteger(Number(one));
  const chosen = values.map((one): ParameterValue => (isExact(one) ? Number(one) : one));
  if (values.includes('') || new Set(chosen).size < values.length) {
    refuse(name, {
      expected: 'different values, separated by commas',
      got: quoted(typed.join(',')),
      remedy: `write for example ${name} a,b,c`,
    });
  }
  return choice(chosen);
}

function rangeOf(
  name: string,
  [whole, low, high, how]: readonly [string, string, string, string | undefined],
): Dimension {
  const isWhole = [low, high].every((end) => WHOLE.test(end));
  const options =
    how === undefined ? {} : how.toLowerCase() === 'log' ? { log: true } : { step: Number(how) };
  try {
    return (isWhole && WHOLE.test(String(options.step ?? 1)) ? integer : float)(
      Number(low),
      Number(high),
      options,
    );
  } catch (error) {
    const { expected, got } = error as { expected?: string; got?: string };
    const words = expected?.replace('the range', quoted(whole));
    return refuse(name, {
      expected: words ?? 'a range',
      got: got ?? quoted(whole),
      remedy: `write for example ${name} 1e-4..1e-2:log`,
    });
  }
}

/** The options of one combination, as arguments. */
export function argumentsOf(parameters: Readonly<Record<string, ParameterValue>>): string[] {
  return Object.entries(parameters).flatMap(([name, value]) => [name, wordOf(value)]);
}

/** A value as typed on a command line: numbers have at most five significant digits. */
export function wordOf(value: ParameterValue): string {
  if (typeof value !== 'number' || Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(5)));
}
