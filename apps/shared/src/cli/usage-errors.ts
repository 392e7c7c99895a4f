import { quoted, visible } from '@unrolled/errors';
import type { CommanderError } from 'commander';

interface UsageError {
  scope: string;
  expected: string;
  got: string;
  remedy: string;
}

/**
 * The message of commander (version 14) for each mistake, and ours. The groups of the pattern are the values
 * in the message.
 */
const MISTAKES: Record<string, [RegExp, (groups: string[], name: string) => Partial<UsageError>]> = {
  'commander.unknownOption': [
    /unknown option '(.*?)'(?:\s*\(Did you mean (.*?)\?\))?$/s,
    ([option, suggestion]) => ({
      expected: 'a known option',
      got: quote(option),
      remedy: suggestion && `did you mean ${suggestion}?`,
    }),
  ],
  'commander.unknownCommand': [
    /unknown command '(.*?)'(?:\s*\(Did you mean (.*?)\?\))?$/s,
    ([command, suggestion]) => ({
      expected: 'a known command',
      got: quote(command),
      remedy: suggestion && `did you mean ${suggestion}?`,
    }),
  ],
  'commander.missingArgument': [
    /missing required argument '(.*?)'/,
    ([argument]) => ({ expected: `an argument <${argument}>`, got: 'none' }),
  ],
  'commander.optionMissingArgument': [
    /option '(.*?)' argument missing/,
    ([option]) => ({ scope: longName(option), expected: 'a value', got: 'none' }),
  ],
  'commander.missingMandatoryOptionValue': [
    /required option '(.*?)' not specified/,
    ([option]) => ({ scope: longName(option), expected: 'this required option', got: 'nothing' }),
  ],
  'commander.conflictingOption': [
    /option '(.*?)' cannot be used with option '(.*?)'/,
    ([option, other]) => ({
      scope: longName(option),
      expected: `no ${longName(other)} together with this option`,
      got: 'both',
    }),
  ],
  'commander.excessArguments': [
    /Expected (\d+) arguments? but got (\d+)/,
    ([expected, got]) => ({
      expected: expected === '0' ? 'no further arguments' : `at most ${expected} argument(s)`,
      got: got!,
    }),
  ],
  'commander.invalidArgument': [
    /(?:option|command-argument) '(.*?)'.*?(?: argument '|value ')(.*)' is invalid(?: for argument '.*?')?\.\s*(.*)$/s,
    ([option, value, expected]) => ({ scope: longName(option), expected: expected!, got: quote(value) }),
  ],
};

/** One line in the project's style for an error that commander found. */
export function usageErrorLine(error: CommanderError, name: string): string {
  const plain = error.message.replace(/^error: /, '');
  const [pattern, describe] = MISTAKES[error.code] ?? [];
  const match = pattern?.exec(plain);
  if (!describe || !match) return `[unrolled/${name}] ${oneLine(plain)}: see ${name} --help`;
  const { scope = 'arguments', expected, got, remedy } = describe(match.slice(1), name);
  return oneLine(
    `[unrolled/${name}] ${scope}: expected ${expected}, got ${got}: ${remedy ?? `see ${name} --help`}`,
  );
}

/** `-s, --steps <count>` → `--steps`. */
function longName(flags = ''): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? flags;
}

function quote(text = ''): string {
  return `'${quoted(text).slice(1, -1).replaceAll('\\"', '"')}'`;
}

/** A longer name is probably data that was passed by mistake. */
const LONGEST_WORD = 300;

/** An error is one line on the terminal, whatever a message or a value contains. */
export function oneLine(text: string): string {
  const line = visible(text.trim().replace(/\s*[\r\n]+\s*/g, ' '));
  return line.replace(/\S+/g, (word) => (word.length > LONGEST_WORD ? `${word.slice(0, 80)}…` : word));
}
