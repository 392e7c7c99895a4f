/**
 * Every command line of an app in a README or a guide is one that the app's parser knows, option by option.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { program as charRnn } from '../apps/char-rnn/src/program';
import { program as forecast } from '../apps/forecast/src/program';
import { program as stockForecast } from '../apps/stock-forecast/src/program';

const root = path.resolve(import.meta.dirname, '..');
const programs: Record<string, ReturnType<typeof charRnn>> = {
  'char-rnn': charRnn(),
  'stock-forecast': stockForecast(),
  forecast: forecast(),
};

const files = [
  'README.md',
  'CONTRIBUTING.md',
  'apps/char-rnn/README.md',
  'apps/stock-forecast/README.md',
  'apps/forecast/README.md',
].concat(readdirSync(path.join(root, 'docs/guides')).map((name) => `docs/guides/${name}`));
const commands = files.flatMap((file) => {
  const text = existsSync(path.join(root, file)) ? readFileSync(path.join(root, file), 'utf8') : '';
  const blocks = Array.from(text.matchAll(/^```sh\n([\s\S]*?)^```/gm), ([, block]) => block!);
  const lines = blocks
    .join('')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n');
  return lines.flatMap((line) => {
    const found = /^(?:npm run |npx )?(char-rnn|stock-forecast|forecast)(?: --)? (.*)$/.exec(
      line.replace(/\s+#.*$/, ''),
    );
    return found ? [[`${file}: ${line.trim()}`, found[1]!, words(found[2]!)] as const] : [];
  });
});

/** A line's words; quotes keep theirs together. */
function words(line: string): string[] {
  return Array.from(line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g), ([, one, two, bare]) => one ?? two ?? bare!);
}

it('finds the commands', () => {
  expect(commands.length).toBeGreaterThan(10);
});

it.each(commands)('%s', (_line, name, args) => {
  let command = programs[name]!;
  for (const arg of args) {
    const next = command.commands.find((one) => one.name() === arg);
    if (!next) break;
    command = next;
  }
  expect(command, 'a command').not.toBe(programs[name]);
  const known = command.options.flatMap(({ long, short }) => [long, short]);
  for (const arg of args.filter((word) => /^--?[a-z]/.test(word))) {
    expect([...known, '--help'], arg).toContain(arg.replace(/=.*/, ''));
  }
});
