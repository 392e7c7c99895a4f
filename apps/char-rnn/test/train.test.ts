import { readdir, readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { wordsText } from '../../../packages/language-model/test/support/texts';
import { afterBackend, charRnn, lastObject, type Outcome } from './support/run-cli';
import { temporaryDirectory } from './support/temporary-directory';

const at = temporaryDirectory();
const model = ['--layers', '1', '--batch-size', '16', '--sequence-length', '6', '--learning-rate', '0.04'];
const samples = ['--sample-length', '40', '--json'];

beforeAll(() => writeFile(at('words.txt'), wordsText(500)));

const train = (directory: string, ...args: string[]) =>
  charRnn('train', at('words.txt'), '--run-directory', at(directory), ...model, ...samples, ...args);
/** As slow as tfjs's own backend is, so a few steps only. */
const trainOnCpu = (directory: string, ...args: string[]) =>
  train(
    directory,
    '--backend',
    'cpu',
    '--units',
    '8',
    '--validate-every',
    '2',
    '--sample-every',
    '0',
    ...args,
  );

describe('a tiny seeded run', () => {
  let outcome: Outcome;
  let result: Record<string, number & string>;
  beforeAll(async () => {
    outcome = await train('run', '--units', '32', '--steps', '60');
    result = lastObject(outcome) as typeof result;
  });

  test('succeeds, and learns more than the frequencies of letter pairs', () => {
    expect(outcome.code).toBe(0);
    const firstLoss = Number(/step 1\/60 · loss (\S+)/.exec(outcome.stderr)![1]);
    expect(firstLoss).toBeGreaterThan(2.5);
    expect(result.trainLoss).toBeLessThan(0.7 * firstLoss);
    expect(result.validationLoss).toBeLessThan(result.bigramLoss!);
    expect(result.bitsPerCharacter).toBeCloseTo(result.validationLoss! / Math.LN2, 12);
    expect(result.tokensPerSecond).toBeGreaterThan(0);
    expect(result).toMatchObject({
      steps: 60,
      interrupted: false,
      checkpoint: at('run', 'best.safetensors'),
      runDirectory: at('run'),
    });
  });

  test('standard output is the object alone; people read along on standard error', () => {
    expect(outcome.stdout).toBe(`${JSON.stringify(result)}\n`);
    expect(outcome.stderr).toContain('bigram');
    expect(outcome.stderr).toMatch(/--- sample at step \d+ ---\n/);
    expect(outcome.stderr).toContain(at('run', 'loss.svg'));
  });

  test('the run directory holds two checkpoints, the options, the log and a curve', async () => {
    expect((await readdir(at('run'))).sort()).toEqual([
      'best.safetensors',
      'config.json',
      'last.safetensors',
      'log.jsonl',
      'loss.png',
      'loss.svg',
    ]);
    const lines = (await readFile(at('run', 'log.jsonl'), 'utf8')).trimEnd().split('\n');
    const log = lines.map((line) => JSON.parse(line) as Record<string, number>);
    expect(log.at(-1)).toMatchObject({ step: 60, tokens: 60 * 16 * 6, time: expect.any(String) });
    for (const line of log) expect(line.trainBits).toBeCloseTo(line.trainLoss! / Math.LN2, 12);
    const validations = log.flatMap(({ validationLoss }) => validationLoss ?? []);
    expect(validations.length).toBe(20);
    expect(Math.min(...validations)).toBe(result.validationLoss);
  });

  test('an earlier run is not overwritten', async () => {
    const again = await train('run', '--steps', '1');
    expect(again.code).toBe(1);
    expect(again.stdout).toBe('');
    expect(again.stderr).toContain('expected a directory without a previous run');
  });

  describe('sampling from its checkpoint', () => {
    const sample = async (...args: string[]) =>
      charRnn(
        'sample',
        '--checkpoint',
        at('run', 'best.safetensors'),
        '--backend',
        'cpu',
        '--length',
        '60',
        ...args,
      );

    test('the same seed writes the same text, another seed another', async () => {
      const texts = [];
      for (const seed of ['7', '7', '8']) texts.push(lastObject(await sample('--json', '--seed', seed)).text);
      expect(texts[0]).toBe(texts[1]);
      expect(texts[0]).not.toBe(texts[2]);
      expect(Array.from(texts[0] as string).length).toBe(60);
    });

    test('a prime is continued; temperature 0 is the same for every seed, and makes words', async () => {
      const first = lastObject(
        await sample('--json', '--prime', 'the wh', '--temperature', '0', '--seed', '1'),
      );
      const second = lastObject(
        await sample('--json', '--prime', 'the wh', '--temperature', '0', '--seed', '2'),
      );
      expect(first).toEqual(second);
      expect(first.text).toMatch(/^the whale /);
    });

    test('without --json the text itself is written', async () => {
      const { code, stdout, stderr } = await sample('--prime', 'a s');
      expect(code).toBe(0);
      expect(afterBackend(stderr)).toBe('');
      expect(stdout).toMatch(/^a s[\s\S]{60}\n$/);
    });

    test('a prime with characters that the model has not seen is refused', async () => {
      const { code, stdout, stderr } = await sample('--prime', 'thé 🐋 é');
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(afterBackend(stderr)).toBe(
        '[unrolled/language-model] --prime: expected characters that the model has seen (18 of them), got "é", "🐋": remove them, or train on a text that contains them\n',
      );
    });
  });
});

describe('runs of a few steps', () => {
  test('the same seed gives the same run, to the last bit', async () => {
    const runs = [];
    for (const [directory, seed] of [
      ['a', '3'],
      ['b', '3'],
      ['c', '4'],
    ] as const) {
      await trainOnCpu(directory, '--steps', '2', '--dropout', '0.2', '--seed', seed);
      runs.push(await readFile(at(directory, 'last.safetensors')));
    }
    expect(runs[0]!.equals(runs[1]!)).toBe(true);
    expect(runs[0]!.equals(runs[2]!)).toBe(false);
  });

  test.each([
    ['gru', ['--cell', 'gru', '--layers', '2', '--optimizer', 'rmsprop']],
    ['rnn', ['--cell', 'rnn', '--embedding', '8', '--optimizer', 'sgd']],
  ])('the other cells and options train and sample: %s', async (name, options) => {
    const { code, stderr } = await trainOnCpu(`cell-${name}`, '--steps', '3', ...options);
    expect({ code, stderr: code && stderr }).toEqual({ code: 0, stderr: 0 });
    const { text } = lastObject(
      await charRnn(
        'sample',
        '--checkpoint',
        at(`cell-${name}`, 'last.safetensors'),
        '--length',
        '5',
        '--json',
      ),
    );
    expect(text).toHaveLength(5);
  });

  test('what validation has and training lacks is the unknown token, which is never written', async () => {
    await writeFile(at('unknown.txt'), `${'ab'.repeat(100)}xyz`);
    const outcome = await charRnn(
      ...[
        'train',
        at('unknown.txt'),
        '--run-directory',
        at('unknown'),
        ...model,
        '--validation',
        '0.05',
        '--steps',
        '1',
      ],
      ...['--temperature', '3', '--sample-length', '200'],
    );
    expect(outcome.stderr).toBe('');
    expect(outcome.code).toBe(0);
    expect(outcome.stdout).toContain("3 of the validation set's characters do not occur in the training set");
    const sample = /--- sample of .* ---\n([\s\S]*?)\n---/.exec(outcome.stdout)![1]!;
    expect(sample).toMatch(/^[ab]{200}$/);
    const { code, stderr } = await charRnn(
      ...['sample', '--checkpoint', at('unknown', 'best.safetensors')],
      ...['--prime', 'x', '--length', '5'],
    );
    expect(code).toBe(0);
    expect(afterBackend(stderr)).toBe(
      `--prime: read as the unknown token, because the model's vocabulary lacks them: "x"\n`,
    );
  });

  test('a small text makes the batch smaller, and says so', async () => {
    await writeFile(at('small.txt'), 'abcd'.repeat(20));
    const outcome = await charRnn(
      ...[
        'train',
        at('small.txt'),
        '--run-directory',
        at('small'),
        '--backend',
        'cpu',
        '--units',
        '4',
        '--steps',
        '1',
      ],
    );
    expect(outcome.code).toBe(0);
    expect(outcome.stdout).toContain('batch size 2 instead of 10: the text is too short for more rows of 25');
  });

  test('a limit in seconds ends the run', async () => {
    const outcome = await trainOnCpu('seconds', '--seconds', '0.3');
    expect(outcome.code).toBe(0);
    const { steps, validationLoss } = lastObject(outcome);
    expect(steps).toBeGreaterThan(0);
    expect(validationLoss).toBeGreaterThan(0);
  });
});

test('a loss that is not finite stops the run with the last good checkpoint kept', async () => {
  const run = await train(
    'nan',
    '--steps',
    '40',
    '--optimizer',
    'sgd',
    '--learning-rate',
    '1e38',
    '--clip',
    '1e9',
  );
  expect(run.code).toBe(1);
  expect(run.stdout).toBe('');
  expect(run.stderr.trimEnd().split('\n').at(-1)).toMatch(
    /^\[unrolled\/char-rnn] train: expected a finite .*, got .* after step \d+: reduce --learning-rate or --clip; the checkpoint of step \d+ is kept as .*last\.safetensors$/,
  );
  const { text } = lastObject(
    await charRnn('sample', '--checkpoint', at('nan', 'last.safetensors'), '--length', '5', '--json'),
  );
  expect(text).toHaveLength(5);
});
