/**
 * Every command line of an app or an example in a README or a guide is one that the program's parser knows,
 * option by option, and every script that a document names is there.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { program as charRnn } from '../apps/char-rnn/src/program';

type Command = ReturnType<typeof charRnn>;

const root = path.resolve(import.meta.dirname, '..');
const inFolder = (folder: string, file = '') =>
  readdirSync(path.join(root, folder))
    .map((name) => path.posix.join(folder, name, file))
    .filter((name) => existsSync(path.join(root, name)));
const loaded = inFolder('apps', 'src/program.ts').concat(inFolder('examples', 'src/program.ts'));
const programs: Record<string, Command> = {};
for (const file of loaded) {
  const { program } = (await import(path.join(root, file))) as { program?: () => Command };
  if (program) programs[file.split('/')[1]!] = program();
}

const files = ['README.md', 'CONTRIBUTING.md'].concat(
  ...['apps', 'examples', 'packages'].map((folder) => inFolder(folder, 'README.md')),
  inFolder('docs/guides'),
);
const commands = files.flatMap((file) => {
  const text = readFileSync(path.join(root, file), 'utf8');
  const blocks = Array.from(text.matchAll(/^```sh\n([\s\S]*?)^```/gm), ([, block]) => block!);
  const lines = blocks
    .join('')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n');
  return lines.flatMap((line) => {
    const found = /^(?:npm run |npx (?:--yes )?(?:@unrolled\/)?)?([\w-]+)(?: --)?((?: .*)?)$/.exec(
      line.replace(/\s+#.*$/, ''),
    );
    return found && found[1]! in programs
      ? [[`${file}: ${line.trim()}`, found[1]!, words(found[2]!)] as const]
      : [];
  });
});

/** A line's words; quotes keep theirs together. */
function words(line: string): string[] {
  return Array.from(line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g), ([, one, two, bare]) => one ?? two ?? bare!);
}

it('finds the commands', () => {
  expect(new Set(commands.map(([, name]) => name))).toEqual(new Set(Object.keys(programs)));
});

it('finds the scripts', () => {
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  // A guide's own project has scripts of its own.
  const known = new Set([...Object.keys(scripts), 'dev', 'preview']);
  const missing = files.flatMap((file) =>
    Array.from(
      readFileSync(path.join(root, file), 'utf8').matchAll(/npm run ([\w:-]+)/g),
      ([, name]) => name!,
    )
      .filter((name) => !known.has(name))
      .map((name) => `${file}: ${name}`),
  );
  expect(missing).toEqual([]);
});

it.each(commands)('%s', (_line, name, args) => {
  let command = programs[name]!;
  for (const arg of args) {
    const next = command.commands.find((one) => one.name() === arg);
    if (!next) break;
    command = next;
  }
  if (command.commands.length > 0) expect(command, 'a command').not.toBe(programs[name]);
  // `sweep` passes the options of another program on, and checks them itself.
  if (name === 'sweep' && args[0]! in programs) return;
  const known = command.options.flatMap(({ long, short }) => [long, short]);
  for (const arg of args.filter((word) => /^--?[a-z]/.test(word))) {
    expect([...known, '--help'], arg).toContain(arg.replace(/=.*/, ''));
  }
});
