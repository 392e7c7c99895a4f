/** The inputs of `train`: units, parts, patterns, and token caches. */
import { readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { wordsText } from '../../../packages/language-model/test/support/texts';
import { charRnn, lastObject } from './support/run-cli';
import { temporaryDirectory } from './support/temporary-directory';

const at = temporaryDirectory();
const tiny = ['--layers', '1', '--units', '8', '--batch-size', '8', '--sequence-length', '6', '--steps', '2'];

beforeAll(() => writeFile(at('words.txt'), wordsText(300)));

const train = (directory: string, file: string, ...options: string[]) =>
  charRnn('train', file, '--run-directory', at(directory), ...tiny, ...options);

describe('a unit', () => {
  test.each([
    ['byte', '가나 다\r\n\0', 256, 200],
    ['word', "the sailor's ship sank. ", 6, 20],
  ] as const)('of a %s trains and samples', async (unit, text, size, least) => {
    await writeFile(at(`${unit}.txt`), text.repeat(60));
    const outcome = await train(unit, at(`${unit}.txt`), '--unit', unit, '--json', '--sample-length', '40');
    expect(outcome.code, outcome.stderr).toBe(0);
    expect(outcome.stderr).toContain(`${size} distinct`);
    expect(outcome.stderr).toMatch(new RegExp(`[\\d.]+ nats per ${unit} \\([\\d.]+ bits per character\\)`));
    const { validationLoss, bitsPerCharacter } = lastObject(outcome) as Record<string, number>;
    const charactersPerToken = Array.from(text).length / [...splitIn(unit, text)].length;
    const expected = validationLoss! / Math.LN2 / charactersPerToken;
    expect(Math.abs(bitsPerCharacter! / expected - 1)).toBeLessThan(0.05);
    const sample = await charRnn(
      ...['sample', '--checkpoint', at(unit, 'best.safetensors'), '--prime', text, '--json'],
      ...['--length', String(least)],
    );
    expect(sample.code, sample.stderr).toBe(0);
    expect((lastObject(sample).text as string).startsWith(text)).toBe(true);
  });

  test('of words that are rare is unknown, and never written', async () => {
    await writeFile(at('rare.txt'), `${'the ship sank. '.repeat(50)}once ${'the ship sank. '.repeat(50)}`);
    const options = ['--unit', 'word', '--temperature', '3', '--sample-length', '300'];
    const { code, stdout } = await train('rare', at('rare.txt'), ...options);
    expect(code).toBe(0);
    expect(stdout).toContain('6 distinct');
    expect(/--- sample of .* ---\n([\s\S]*?)\n---/.exec(stdout)![1]).toMatch(/^(the|ship|sank|\.| )+$/);
  });
});

/** The tokens of a text by other means than the app's. */
function splitIn(unit: 'byte' | 'word', text: string): Iterable<unknown> {
  return unit === 'byte' ? Buffer.from(text) : text.match(/[\w']+|\s+|[^\w\s]/g)!;
}

describe('parts', () => {
  test('a test set is measured once, by the best checkpoint', async () => {
    const outcome = await train('test', at('words.txt'), '--test', '0.2', '--validation', '0.2', '--json');
    expect(outcome.stderr).toMatch(/\d+ characters for training, \d+ for validation, \d+ for the test/);
    const { testLoss, validationLoss } = lastObject(outcome) as Record<string, number>;
    expect(outcome.stderr).toContain(`test        ${testLoss!.toFixed(4)} nats`);
    expect(testLoss).not.toBe(validationLoss);
    expect(Math.abs(testLoss! - validationLoss!)).toBeLessThan(0.3);
    expect(lastObject(await train('none', at('words.txt'), '--json')).testLoss).toBeNull();
  });

  test('a limit on validation is reported', async () => {
    const { stdout } = await train('limit', at('words.txt'), '--validation-limit', '96');
    expect(stdout).toMatch(/for training, 96 for validation/);
    expect(stdout).toMatch(/limited to its first tokens, of 2\d\d: --validation-limit/);
  });
});

describe('files', () => {
  test('a pattern that the shell left alone', async () => {
    await mkdir(at('texts/deep'), { recursive: true });
    for (const name of ['b.txt', 'a.txt', 'deep/c.txt']) await writeFile(at('texts', name), wordsText(100));
    const { code, stdout } = await train('pattern', at('texts/**/*.txt'));
    expect(code).toBe(0);
    expect(stdout).toContain(
      `text ${['a.txt', 'b.txt', 'deep/c.txt'].map((name) => at('texts', name)).join(', ')}:`,
    );
  });

  test('one line of 360,000 characters, and carriage returns, are characters like others', async () => {
    await writeFile(at('line.txt'), 'a whale \0 a ship \r\n'.repeat(20_000).replaceAll('\n', ''));
    const { code, stdout } = await train('line', at('line.txt'));
    expect(code).toBe(0);
    expect(stdout).toContain('360.0k characters');
    expect(stdout).toContain('11 distinct');
  });
});

describe('a text above 8 MiB', () => {
  const options = ['--validation-limit', '96', '--sample-every', '0', '--sample-length', '5'];
  const cached = (directory: string) =>
    train(directory, at('large.txt'), '--cache-directory', at('cache'), ...options);

  test('has its tokens cached once, and gives the same run from there', async () => {
    await writeFile(at('large.txt'), wordsText(300).repeat(4200));
    const first = await cached('large-1');
    expect(first.code, first.stderr).toBe(0);
    const [, file] = /^read \d+ MB at \d+ MB\/s, tokens cached in (.*)$/m.exec(first.stdout)!;
    expect(readdirSync(at('cache')).map((name) => at('cache', name))).toEqual([file]);
    expect(first.stdout).toContain('measured on the first 4194304 characters');
    const second = await cached('large-2');
    expect(second.stdout).toContain(`tokens read from the cache ${file}\n`);
    const losses = (text: string) => text.match(/loss [\d.]+|validation [\d.]+/g);
    expect(losses(second.stdout)).toEqual(losses(first.stdout));
    expect(losses(first.stdout)!.length).toBeGreaterThan(3);
  });

  test('says so when it cannot be cached, and leaves no run', async () => {
    const { code, stdout, stderr } = await train(
      ...(['never', at('large.txt'), '--cache-directory', at('words.txt')] as const),
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(
      `a writable directory for token caches at ${at('words.txt')}, got a file in place of a folder`,
    );
    expect(readdirSync(at())).not.toContain('never');
  });
});

test.each([
  [['--unit', 'syllable'], /--unit: expected one of character, byte, word, got 'syllable'/],
  [['--test', '1'], /--test: expected a number of at least 0 and below 1, got '1'/],
  [
    ['--test', '0.95'],
    /--test: expected shares of validation and test that leave tokens for training, got 0.1 and 0.95/,
  ],
  [['--test', 'half'], /--test: expected a number of at least 0, got 'half'/],
  [['--validation-limit', '0'], /--validation-limit: expected a whole number of at least 1, got '0'/],
  [['--vocabulary-size', '1'], /--vocabulary-size: expected a whole number of at least 2, got '1'/],
  [['--minimum-count', '-1'], /--minimum-count: expected a whole number of at least 1, got '-1'/],
  [
    ['--unit', 'byte', '--minimum-count', '2'],
    /--minimum-count: expected no such option with --unit byte, got 2/,
  ],
  [
    ['--minimum-count', '100000'],
    /expected a text in which some token occurs 100000 times, got no such token/,
  ],
  [['--cache-directory'], /--cache-directory: expected a value, got none/],
])('%j is refused, in one line and before anything is written', async (options, message) => {
  const { code, stdout, stderr } = await train('never', at('words.txt'), '--json', ...options);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(message);
  expect(stderr.trimEnd()).not.toContain('\n');
  expect(readdirSync(at())).not.toContain('never');
});

test('a pattern without files is refused', async () => {
  const { code, stderr } = await train('never', at('nothing/**/*.txt'));
  expect(code).toBe(1);
  expect(stderr).toMatch(/openCorpus: expected files that match .*nothing.*, got none/);
});
