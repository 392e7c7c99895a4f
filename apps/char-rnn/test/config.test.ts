import { readdir, readFile, writeFile } from 'node:fs/promises';
import { PRESETS } from '@unrolled/language-model';
import { beforeAll, describe, expect, test } from 'vitest';
import { program } from '../src/program';
import { charRnn, lastObject } from './support/run-cli';
import { temporaryDirectory } from './support/temporary-directory';

const at = temporaryDirectory();
const text = 'the whale swam and the ship sank. '.repeat(20);
const quiet = ['--backend', 'cpu', '--sample-every', '0', '--sample-length', '5', '--json'];

beforeAll(() => writeFile(at('text.txt'), text));

async function configFile(content: unknown): Promise<string> {
  const file = at('config.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

/** The configuration of a run of one step. */
async function settingsOf(name: string, ...args: string[]): Promise<Record<string, unknown>> {
  const outcome = await charRnn('train', ...args, '--run-directory', at(name), '--steps', '1', ...quiet);
  expect({ code: outcome.code, stderr: outcome.code && outcome.stderr }).toEqual({ code: 0, stderr: 0 });
  expect(lastObject(outcome).steps).toBe(1);
  return JSON.parse(await readFile(at(name, 'config.json'), 'utf8'));
}

describe('options come from the command line, then the config file, then the preset, then the text', () => {
  test('each only for options that the earlier ones leave open', async () => {
    const config = await configFile({
      ...{ files: [at('text.txt')], layers: 1, units: 5, 'batch-size': 4, epochs: 3 },
      ...{ sequenceLength: 7, tied: true, schedule: 'constant' },
    });
    expect(
      await settingsOf('laid', '--config', config, '--preset', 'torch-rnn', '--units', '6'),
    ).toMatchObject({
      files: [at('text.txt')],
      ...{ units: 6, layers: 1, 'batch-size': 4, 'sequence-length': 7, tied: true, embedding: 6 },
      ...{ schedule: 'constant', 'clip-value': 5, steps: 1 },
    });
  });

  test('a written config gives the same run again', async () => {
    await settingsOf(
      'first',
      at('text.txt'),
      '--layers',
      '1',
      '--units',
      '4',
      '--clip-value',
      '2',
      '--optimizer',
      'sgd',
    );
    const again = ['--config', at('first', 'config.json'), '--run-directory', at('again'), ...quiet];
    expect((await charRnn('train', ...again)).code).toBe(0);
    const [first, second] = await Promise.all(
      ['first', 'again'].map((name) => readFile(at(name, 'last.safetensors'))),
    );
    expect(second!.equals(first!)).toBe(true);
  });

  test('the options of a replaced limit or schedule are left out', async () => {
    const config = await configFile({ layers: 1, units: 4, seconds: 3, schedule: 'step', 'decay-every': 2 });
    const settings = await settingsOf('replaced', at('text.txt'), '--config', config, '--schedule', 'linear');
    expect(settings).toMatchObject({ schedule: 'linear', seconds: 3, steps: 1 });
    expect(settings).not.toHaveProperty('decay-every');
  });
});

describe('--config refuses, before anything is written', () => {
  test.each<[unknown, RegExp]>([
    ['{ units: 3 }', /--config: expected JSON in .*config.json, got /],
    ['[1]', /--config: expected a JSON object in .*config.json, got a list/],
    [
      { unit1: 3 },
      /--config: expected options of train in .*config.json, got "unit1": did you mean 'unit'\?/,
    ],
    [{ 'learning-rat': 3 }, /got "learning-rat": did you mean 'learning-rate'\?/],
    [{ config: 'x' }, /--config: expected options of train in .*, got "config"/],
    [{ units: '3' }, /--config: expected a number as units in .*config.json, got "3"/],
    [{ units: 0 }, /--config: expected a whole number of at least 1 as units in .*, got 0/],
    [{ units: null }, /--config: expected a number or a text as units in .*, got null/],
    [{ units: [3] }, /--config: expected a number or a text as units in .*, got an array of 1/],
    [{ cell: 'cnn' }, /--config: expected one of lstm, gru, rnn as cell in .*, got "cnn"/],
    [{ cell: 3 }, /--config: expected one of lstm, gru, rnn as cell in .*, got 3/],
    [{ tied: 'yes' }, /--config: expected true or false as tied in .*, got "yes"/],
    [{ 'run-directory': 3 }, /--config: expected a text as run-directory in .*, got 3/],
    [{ files: 'a.txt' }, /--config: expected a list of file names as files in .*, got "a.txt"/],
    [{ steps: 3, epochs: 1 }, /--steps: expected --steps or --epochs, got both/],
  ])('%j', async (content, message) => {
    const file = await configFile(content);
    const args = [at('text.txt'), '--config', file, '--run-directory', at('never'), ...quiet];
    const { code, stdout, stderr } = await charRnn('train', ...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect(await readdir(at())).not.toContain('never');
  });

  test('a file that is not there', async () => {
    const { stderr } = await charRnn('train', at('text.txt'), '--config', at('none.json'));
    expect(stderr).toMatch(/expected a readable file at .*none.json, got no such file/);
  });
});

test('every option of a preset is one of train, with a value that it takes', () => {
  const train = program().commands.find((command) => command.name() === 'train')!;
  for (const [name, { settings }] of Object.entries(PRESETS)) {
    for (const [key, value] of Object.entries(settings)) {
      const option = train.options.find((candidate) => candidate.attributeName() === key);
      expect(option, `${key} of ${name}`).toBeDefined();
      const parsed = option!.parseArg ? option!.parseArg(String(value), undefined) : value;
      expect(parsed, `${key} of ${name}`).toBe(value);
    }
  }
});

test('the README has every option and every preset', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const train = program().commands.find((command) => command.name() === 'train')!;
  for (const { long } of train.options) expect(readme).toContain(`\`${long}\``);
  for (const name of Object.keys(PRESETS)) expect(readme).toContain(`| \`${name}\` |`);
});
