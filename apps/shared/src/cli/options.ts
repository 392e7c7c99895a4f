import { type Command, InvalidArgumentError, Option } from 'commander';
import { choice } from './option-parsers';

export type BackendName = 'auto' | 'unrolled' | 'cpu' | 'native' | 'gpu';

/** `--backend`, which is the same for every command. */
export function backendOption(): Option {
  return new Option(
    '--backend <name>',
    "backend: auto (the fastest available), unrolled (our kernels), cpu (TensorFlow.js), native or gpu (TensorFlow's library)",
  )
    .argParser(choice('auto', 'unrolled', 'cpu', 'native', 'gpu'))
    .default('auto');
}

/** `--json`. @param result the structure of the object, for the help text */
export function jsonOption(result: string): Option {
  return new Option('--json', `print one JSON object as the last line of standard output: ${result}`);
}

/** An option as typed: `batchSize` → `--batch-size`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/**
 * Rewrites a package's message in terms of the command line: `batchSize` between backticks becomes
 * --batch-size, and `missing: 'drop-rows'` becomes --missing drop-rows.
 */
export function inOptions(text: string): string {
  return text.replace(/`(\w+)(?:: ([^`]+))?`/g, (_, name: string, value?: string) =>
    value === undefined ? flagOf(name) : `${flagOf(name)} ${typed(value)}`,
  );
}

/**
 * A value in code as typed on the command line: 'a' → a, ['a', 'b'] → a,b. Values that a shell would split
 * keep their quotes.
 */
function typed(value: string): string {
  const list = /^\[(.*)\]$/.exec(value)?.[1];
  if (list !== undefined)
    return typed(`'${[...list.matchAll(/'([^']*)'/g)].map(([, one]) => one).join(',')}'`);
  return value.replace(/'([^']*)'/g, (whole, one: string) =>
    /^[\p{L}\p{N}_.,:/=-]+$/u.test(one) ? one : whole,
  );
}

/** The options that were given on the command line, by their names in code, without defaults. */
export function givenOptions<T extends object>(command: Command): Partial<T> {
  const values = Object.entries(command.opts()).filter(
    ([name]) => command.getOptionValueSource(name) === 'cli',
  );
  return Object.fromEntries(values) as Partial<T>;
}

/** An option as data: its names and its kind of value. */
export interface OptionForm {
  /** In code: `batchSize`. */
  readonly name: string;
  /** The name as typed: `--batch-size`. */
  readonly flag: string;
  /**
   * Checks a value from a JSON file with the option's parser.
   *
   * @throws InvalidArgumentError whose message states what was expected
   */
  read(value: unknown): unknown;
}

/** The options of a command. */
export function optionForms(command: Command): readonly OptionForm[] {
  return command.options.map((option) => ({
    name: option.attributeName(),
    flag: option.long!,
    read: (value) => readValue(option, value),
  }));
}

function readValue(option: Option, value: unknown): unknown {
  const complain = (expected: string): never => {
    throw new InvalidArgumentError(expected);
  };
  if (option.isBoolean()) return typeof value === 'boolean' ? value : complain('true or false');
  if (typeof value !== 'number' && typeof value !== 'string') return complain('a number or a text');
  const parsed = option.parseArg ? option.parseArg(String(value), undefined) : String(value);
  if (typeof parsed === typeof value) return parsed;
  return complain(typeof parsed === 'number' ? 'a number' : 'a text');
}
