import { writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { wordsText } from '../../../packages/language-model/test/support/texts';
import { afterBackend, charRnn, lastObject } from './support/run-cli';
import { withStandardInput } from './support/standard-input';
import { temporaryDirectory } from './support/temporary-directory';

const at = temporaryDirectory();
const small = [
  '--layers',
  '1',
  '--units',
  '24',
  '--batch-size',
  '16',
  '--sequence-length',
  '6',
  '--learning-rate',
  '0.04',
];
const train = (file: string, directory: string, ...options: string[]) =>
  charRnn(
    'train',
    at(file),
    '--run-directory',
    at(directory),
    ...small,
    '--sample-every',
    '0',
    '--steps',
    '60',
    ...options,
  );

beforeAll(async () => {
  await writeFile(at('words.txt'), wordsText(500));
  await train('words.txt', 'characters');
  await train('words.txt', 'bytes', '--unit', 'byte', '--steps', '20');
  await writeFile(at('more-words.txt'), `${wordsText(400)} once `.repeat(2));
  await train('more-words.txt', 'words', '--unit', 'word', '--minimum-count', '3', '--steps', '20');
});

const sample = (...options: string[]) => sampleOf('characters', ...options);
const sampleOf = (model: string, ...options: string[]) =>
  charRnn('sample', '--checkpoint', at(model, 'best.safetensors'), '--length', '60', ...options);
const textOf = async (...options: string[]) => lastObject(await sample(...options, '--json')).text as string;

describe('the prime', () => {
  test('from a file or standard input is the same as on the command line', async () => {
    await writeFile(at('prime.txt'), 'a sailor ');
    const expected = await textOf('--prime', 'a sailor ');
    expect(expected).toMatch(/^a sailor .{60}$/s);
    expect(await textOf('--prime-file', at('prime.txt'))).toBe(expected);
    expect(await withStandardInput('a sailor ', () => textOf('--prime-file', '-'))).toBe(expected);
  });

  test('that cannot be read is refused', async () => {
    const refusal = async (...options: string[]) => {
      const { code, stdout, stderr } = await sample(...options);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(afterBackend(stderr)).toMatch(/^\[unrolled\/[a-z-]+] .*\n$/);
      return stderr;
    };
    expect(await refusal('--prime-file', at('none.txt'))).toMatch(/none.txt, got no such file/);
    expect(await refusal('--prime', 'a', '--prime-file', at('prime.txt'))).toMatch(
      /--prime-file: expected no --prime together with this option, got both/,
    );
    const piped = (bytes: string | Uint8Array) =>
      withStandardInput(bytes, () => refusal('--prime-file', '-'));
    expect(await piped('')).toMatch(/--prime-file: expected a text on standard input, got nothing/);
    expect(await piped(Uint8Array.of(0xff))).toMatch(/--prime-file: expected valid UTF-8 in standard input/);
    expect(await piped('the 🐋')).toMatch(
      /--prime-file: expected characters that the model has seen .* got "🐋"/,
    );
  });

  test('with words that the model has not seen is read with the unknown token, which is told', async () => {
    const { code, stdout, stderr } = await sampleOf('words', '--prime', 'the zebra ');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^the zebra /);
    expect(stdout).not.toContain('<UNK>');
    expect(stderr).toMatch(/^backend unrolled: .*(WebAssembly|native kernels)/);
    expect(afterBackend(stderr)).toBe(
      `--prime: read as the unknown token, because the model's vocabulary lacks them: "zebra"\n`,
    );
  });
});

test('a run directory stands for its best checkpoint', async () => {
  const sample = async (checkpoint: string) =>
    (await charRnn('sample', '--checkpoint', checkpoint, '--length', '30', '--seed', '2')).stdout;
  const text = await sample(at('characters'));
  expect(text).not.toBe('');
  expect(text).toBe(await sample(at('characters', 'best.safetensors')));
});

describe('drawing', () => {
  test('top-k 1, a tiny top-p and min-p 1 are greedy', async () => {
    const greedy = await textOf('--prime', 'the', '--temperature', '0');
    for (const options of [
      ['--top-k', '1'],
      ['--top-p', '1e-9'],
      ['--min-p', '1'],
    ])
      expect(await textOf('--prime', 'the', ...options)).toBe(greedy);
    expect(await textOf('--prime', 'the', '--top-k', '999', '--top-p', '1')).toBe(
      await textOf('--prime', 'the'),
    );
  });

  test('a large repetition penalty forbids the characters of its window', async () => {
    const greedy = (...options: string[]) => textOf('--temperature', '0', '--length', '100', ...options);
    const repeats = /(.).{0,5}\1/s; // The same character again, with at most five others between.
    expect(await greedy()).toMatch(repeats);
    const free = await greedy('--repetition-penalty', '1e6', '--repetition-window', '6');
    expect(free).not.toMatch(repeats);
    expect(free).toMatch(/(.).{6,}\1/s);
  });

  test('stops end the text, and are not in it', async () => {
    const whole = await textOf('--seed', '3', '--length', '200');
    const [first] = whole.split('s');
    expect(await textOf('--seed', '3', '--length', '200', '--stop', 's')).toBe(first);
    const earliest = whole.slice(0, whole.search(/he|ai/));
    expect(await textOf('--seed', '3', '--length', '200', '--stop', 'ai', '--stop', 'he')).toBe(earliest);
  });

  test.each(['bytes', 'words'])('models of %s write text too', async (model) => {
    const { stdout, code } = await sampleOf(model, '--prime', 'the ', '--length', '30', '--top-k', '20');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^the .+\n$/s);
    expect(stdout).not.toMatch(/<UNK>|<0x/);
  });
});

describe('many samples', () => {
  test('depend on the seed and their number alone', async () => {
    const samplesOf = async (count: number) =>
      lastObject(await sample('--samples', String(count), '--seed', '5', '--json')).samples as {
        text: string;
        seed: number;
      }[];
    const three = await samplesOf(3);
    expect(new Set(three.map(({ text }) => text)).size).toBe(3);
    const many = await samplesOf(70); // More than are drawn side by side.
    expect(many).toHaveLength(70);
    expect(many.slice(0, 3)).toEqual(three);
    for (const n of [0, 2, 65]) expect(await textOf('--seed', String(many[n]!.seed))).toBe(many[n]!.text);
    expect(three[0]!.seed).toBe(5);
  });

  test('are shown one after the other', async () => {
    const { stdout } = await sample('--samples', '2', '--prime', 'the', '--length', '4', '--seed', '7');
    expect(stdout).toMatch(
      /^--- sample 1 of 2, seed 7 ---\nthe.{4}\n--- sample 2 of 2, seed \d+ ---\nthe.{4}\n$/s,
    );
  });
});

describe('a beam', () => {
  test('of one is greedy; a wider one finds nothing less likely; nothing depends on chance', async () => {
    const candidatesOf = async (width: number) =>
      lastObject(await sample('--beam', String(width), '--prime', 'the ', '--json')).candidates as {
        text: string;
        logProbability: number;
      }[];
    const [greedy] = await candidatesOf(1);
    expect(greedy!.text).toBe(await textOf('--temperature', '0', '--prime', 'the '));
    const wide = await candidatesOf(8);
    expect(wide).toHaveLength(8);
    expect(wide[0]!.logProbability).toBeGreaterThanOrEqual(greedy!.logProbability);
    expect(await candidatesOf(8)).toEqual(wide);
  });

  test('is shown with its probabilities, and stops', async () => {
    const { stdout } = await sample('--beam', '2', '--prime', 'the whale s', '--stop', '.', '--length', '20');
    expect(stdout).toMatch(/^--- candidate 1 of 2, ln P -\d+\.\d{3} ---\nthe whale s[^.]*\n--- candidate 2/);
  });
});

test.each([
  [
    ['--beam', '2', '--temperature', '1'],
    /--beam: expected no --temperature together with this option, got both/,
  ],
  [['--beam', '2', '--samples', '3'], /--beam: expected no --samples together with this option/],
  [['--beam', '2', '--seed', '3'], /--beam: expected no --seed together with this option/],
  [['--beam', '0'], /--beam: expected a whole number of at least 1, got '0'/],
  [['--length-penalty', '1'], /--length-penalty: expected --beam together with this option, got none/],
  [['--beam', '2', '--length-penalty', '-1'], /--length-penalty: expected a number of at least 0, got '-1'/],
  [['--samples', 'x'], /--samples: expected a whole number of at least 1, got 'x'/],
  [['--top-k', '0'], /--top-k: expected a whole number of at least 1, got '0'/],
  [['--top-p', '1.1'], /--top-p: expected a number above 0 and at most 1, got '1.1'/],
  [['--top-p', '0'], /--top-p: expected a number above 0, got '0'/],
  [['--min-p', '2'], /--min-p: expected a number from 0 to 1, got '2'/],
  [['--repetition-penalty', '0'], /--repetition-penalty: expected a number above 0, got '0'/],
  [
    ['--repetition-penalty', '2', '--repetition-window', '0'],
    /--repetition-window: expected a whole number of at least 1/,
  ],
  [
    ['--repetition-window', '5'],
    /--repetition-window: expected --repetition-penalty together with this option, got none/,
  ],
  [['--stop', ''], /--stop: expected a text of at least one character, got ''/],
  [['--stop', '🐋'], /--stop: expected characters that the model can write, got "🐋"/],
  [['--interactive', '--json'], /--interactive: expected no --json together with this option, got both/],
  [
    ['--interactive', '--prime', 'a'],
    /--interactive: expected no --prime together with this option, got both/,
  ],
  [['words.txt'], /expected no further arguments, got 1/],
])('%j is refused', async (options, message) => {
  const { code, stdout, stderr } = await sample(...options);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(message);
  expect(afterBackend(stderr)).toMatch(/^.*\n$/);
});

describe('an interactive session', () => {
  const session = (lines: string, ...options: string[]) =>
    withStandardInput(lines, () => sample('--interactive', '--length', '12', ...options));

  test('goes on from each line; the first text is the seed’s own', async () => {
    const { code, stdout, stderr } = await session('the whale\n:seed 9\nthe whale\nthe whale');
    expect({ code, stderr: afterBackend(stderr) }).toEqual({ code: 0, stderr: '' });
    const own = await textOf('--prime', 'the whale', '--length', '12');
    const ninth = await textOf('--prime', 'the whale', '--length', '12', '--seed', '9');
    expect(stdout.startsWith(`${own}\n${ninth}\nthe whale`)).toBe(true);
    expect(stdout.slice(own.length + ninth.length + 2)).not.toBe(`${ninth}\n`);
  });

  test('keeps the text with :keep on, and forgets it with :reset', async () => {
    const greedy = async (prime: string) =>
      (await textOf('--prime', prime, '--length', '12', '--temperature', '0')).slice(prime.length);
    const first = `the${await greedy('the')}`;
    const second = `${first}${await greedy(first)}`;
    const { stdout } = await session('the\n\n:keep on\na\n:keep off\nthe\n:reset\n\n', '--temperature', '0');
    const expected = [
      first,
      second.slice(first.length),
      `a${await greedy(`${second}a`)}`,
      first,
      await textOf('--length', '12', '--temperature', '0'),
    ];
    expect(stdout).toBe(`${expected.join('\n')}\n`);
  });

  test('changes its settings, and says what they are', async () => {
    const { stdout, stderr } = await session(
      ':length 3\n:temperature 0.5\n:top-k 4\n:top-p 0.9\n:top-p off\n:stop e\\n\n:settings\n:quit\nthe whale',
    );
    expect(afterBackend(stderr)).toBe('');
    expect(stdout).toBe(
      'length 3, temperature 0.5, top-k 4, top-p off, min-p off, repetition-penalty off, repetition-window off, stop ["e\\n"], seed 1, keep off\n',
    );
    expect((await session(':help')).stdout).toContain(':repetition-penalty <value>|off');
  });

  test('reports a mistake in one line, and continues', async () => {
    const mistakes = [
      ':length 0',
      ':length off',
      ':top-k x',
      ':keep maybe',
      ':stop',
      ':stop 🐋',
      ':constructor',
      ': x',
      'Zebra',
    ];
    const { code, stdout, stderr } = await session(`${mistakes.join('\n')}\n:settings`);
    expect(code).toBe(0);
    expect(stdout).toContain('length 12');
    expect(stdout).toContain('stop off');
    const lines = afterBackend(stderr).trimEnd().split('\n');
    expect(lines).toHaveLength(mistakes.length);
    expect(lines[0]).toBe("[unrolled/char-rnn] :length: expected a whole number of at least 1, got '0'");
    expect(lines[2]).toBe(
      "[unrolled/char-rnn] :top-k: expected a whole number of at least 1, or off, got 'x'",
    );
    expect(lines[8]).toMatch(/the prime: expected characters that the model has seen .* got "Z"/);
  });
});
