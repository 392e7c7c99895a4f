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

/** What the options after a trainer's name say: those that are searched, those that are the same for all, and files. */
export interface Search {
  readonly space: SearchSpace;
  /** As they are handed on: `['--units', '64']`. */
  readonly fixed: readonly string[];
  readonly files: readonly string[];
}

/**
 * Takes a trainer's arguments apart. A value with commas is a choice, `LOW..HIGH` a range, of whole numbers where both ends are;
 * `:log` draws it by ratio, `:STEP` in steps. Any other value is handed on.
 *
 * @param known the trainer's options, each with whether a value follows it
 */
export function readSearch(args: readonly string[], known: ReadonlyMap<string, boolean>): Search {
  const space: Record<string, Dimension> = {};
  const fixed: string[] = [];
  const files: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const [typed, inline] = split(args[at]!);
    if (!typed.startsWith('--')) {
      files.push(args[at]!);
      continue;
    }
    const name = nameOf(typed, known);
    if (!known.get(name)) {
      fixed.push(name);
      continue;
    }
    const value = inline ?? args[++at];
    if (value === undefined)
      refuse(name, { expected: 'a value', got: 'nothing', remedy: `${name} 64, or ${name} 64,128` });
    const dimension = dimensionOf(name, value);
    if (dimension) space[name] = dimension;
    else fixed.push(name, value);
  }
  if (Object.keys(space).length === 0) {
    const remedy = 'give several values to an option: --units 64,128,256, or --learning-rate 1e-4..1e-2:log';
    refuse('options', { expected: 'something to choose', got: 'one value for each option', remedy });
  }
  return { space, fixed, files };
}

const split = (arg: string): [string, string | undefined] => {
  const equals = arg.startsWith('--') ? arg.indexOf('=') : -1;
  return equals < 0 ? [arg, undefined] : [arg.slice(0, equals), arg.slice(equals + 1)];
};

/** An option that the trainer has: as it was typed, or in the singular, `--cells` for `--cell`. */
function nameOf(typed: string, known: ReadonlyMap<string, boolean>): string {
  const found = [typed, typed.replace(/s$/, '')].find((name) => known.has(name));
  if (found && !/^--(json|run-directory|resume|help)$/.test(found)) return found;
  const remedy = found ? 'the sweep sets it' : `of ${[...known.keys()].join(' ')}`;
  return refuse('options', { expected: 'an option of the program', got: quoted(typed), remedy });
}

function dimensionOf(name: string, value: string): Dimension | undefined {
  const range = RANGE.exec(value);
  if (range) return rangeOf(name, range as unknown as [string, string, string, string | undefined]);
  if (!value.includes(',')) return undefined;
  const values = value.split(',').map((one) => one.trim());
  // What typed text a number has is not kept: 1 and 01 are one.
  const isExact = (one: string) => WHOLE.test(one) && Number.isSafeInteger(Number(one));
  const chosen = values.map((one): ParameterValue => (isExact(one) ? Number(one) : one));
  if (values.includes('') || new Set(chosen).size < values.length) {
    refuse(name, {
      expected: 'different values with commas between',
      got: quoted(value),
      remedy: `${name} a,b,c`,
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
      remedy: `${name} 1e-4..1e-2:log`,
    });
  }
}

/** The options of one choice, as they are handed on. */
export function argumentsOf(parameters: Readonly<Record<string, ParameterValue>>): string[] {
  return Object.entries(parameters).flatMap(([name, value]) => [name, wordOf(value)]);
}

/** A value as it is typed: numbers with at most five digits that count, as a person would write them down. */
export function wordOf(value: ParameterValue): string {
  if (typeof value !== 'number' || Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(5)));
}
