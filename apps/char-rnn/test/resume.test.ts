import { copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { charRnn, lastObject } from './support/run-cli';
import { temporaryDirectory } from './support/temporary-directory';

const at = temporaryDirectory();
const text = 'the whale swam and the ship sank. '.repeat(20);
const tiny = [
  ...['--backend', 'cpu', '--cell', 'rnn', '--layers', '1', '--units', '4', '--dropout', '0.1'],
  ...['--validate-every', '2', '--log-every', '1', '--sample-every', '0', '--sample-length', '5', '--json'],
];
const train = (...args: string[]) => charRnn('train', ...args);
const begin = (name: string, ...args: string[]) =>
  train(at('text.txt'), '--run-directory', at(name), ...tiny, ...args);

beforeAll(async () => {
  await writeFile(at('text.txt'), text);
  await begin('six', '--steps', '6', '--tensorboard');
  await begin('nine', '--steps', '9');
});

/** A copy of the run of six steps, to go on with. */
async function six(name: string): Promise<string> {
  await cp(at('six'), at(name), { recursive: true });
  return at(name);
}

/** Exit code 1, nothing on standard output, exactly one line on standard error. */
async function refusal(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await train(...args);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^\[unrolled\/[a-z-]+] .*\n$/);
  return stderr.trimEnd();
}

const stepsOf = async (directory: string) =>
  (await readFile(`${directory}/log.jsonl`, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).step);

describe('--resume goes on', () => {
  test('to a later limit, with its own options, text and log', async () => {
    const directory = await six('longer');
    await writeFile(`${directory}/.last.safetensors.12345678-1234-1234-1234-123456789abc.tmp`, 'half');
    const outcome = await train('--resume', directory, '--steps', '9', '--backend', 'cpu', '--json');
    expect(outcome.code).toBe(0);
    expect(outcome.stderr).toContain('continuing after step 6');
    expect(lastObject(outcome)).toMatchObject({ steps: 9, runDirectory: directory });
    expect(await stepsOf(directory)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await readdir(directory)).toEqual((await readdir(at('six'))).sort());
    expect(JSON.parse(await readFile(`${directory}/config.json`, 'utf8'))).toMatchObject({
      files: [at('text.txt')],
      steps: 9,
      'validate-every': 2,
    });
  });

  test('over the whole cosine again when the limit moves: only the same options give the same run', async () => {
    const constant = ['--schedule', 'constant', '--validate-every', '3'];
    await begin('constant-whole', '--steps', '5', ...constant);
    await begin('constant', '--steps', '3', ...constant);
    await train('--resume', at('constant'), '--steps', '5', '--backend', 'cpu', '--json');
    const [whole, parts] = await Promise.all(
      ['constant-whole', 'constant'].map((name) => readFile(at(name, 'last.safetensors'))),
    );
    expect(parts!.equals(whole!)).toBe(true);
  });

  test('with nothing to do when it is over, and leaves its checkpoints as they are', async () => {
    const directory = await six('over');
    const { code, stdout } = await train('--resume', directory, '--backend', 'cpu');
    expect(code).toBe(0);
    expect(stdout).toContain('done after 6 steps');
    for (const name of ['last.safetensors', 'best.safetensors']) {
      const [before, after] = [at('six', name), `${directory}/${name}`];
      expect((await readFile(after)).equals(await readFile(before))).toBe(true);
    }
  });

  test('from best.safetensors, if that file is given', async () => {
    const directory = await six('from-best');
    const earlier = at('nine', 'best.safetensors');
    const file = `${directory}/best.safetensors`;
    expect(await readFile(file)).not.toEqual(await readFile(earlier));
    const outcome = await train('--resume', file, '--steps', '7', '--backend', 'cpu', '--json');
    expect(outcome.code).toBe(0);
    expect(lastObject(outcome).steps).toBe(7);
    expect(await stepsOf(directory)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test('with options that repeat those of the run', async () => {
    const directory = await six('same');
    const same = ['--units', '4', '--dropout', '0.1', '--run-directory', directory, '--tensorboard'];
    expect((await train(at('text.txt'), '--resume', directory, ...same, '--backend', 'cpu')).code).toBe(0);
  });

  test('with a best checkpoint that a killed process did not write', async () => {
    const directory = await six('no-best');
    await rm(`${directory}/best.safetensors`);
    expect((await train('--resume', directory, '--backend', 'cpu')).code).toBe(0);
    expect((await readFile(`${directory}/best.safetensors`)).length).toBeGreaterThan(1000);
  });
});

describe('--resume refuses', () => {
  test.each([
    [
      ['--units', '8'],
      /--units: expected 4, as in .*last.safetensors, got 8: omit the option: a resumed run keeps its options/,
    ],
    [['--seed', '2'], /--seed: expected 1, as in/],
    [['--clip-value', '1'], /--clip-value: expected no such option, as in .*, got 1/],
    [['--quick'], /--quick: expected false, as in .*, got true/],
    [['--run-directory', 'elsewhere'], /--run-directory: expected .*six, as in .*, got elsewhere/],
    [['--init-from', 'x'], /--resume: expected --resume or --init-from, got both/],
    [
      ['--steps', '5'],
      /--steps: expected a limit of at least 6, the current step of the run, got a limit of 5/,
    ],
    [['--steps', '9', '--epochs', '9'], /--steps: expected --steps or --epochs, got both/],
  ])('%j', async (options, message) => {
    expect(await refusal('--resume', at('six'), ...options)).toMatch(message);
  });

  test('another text, by its length or by its characters', async () => {
    await writeFile(at('longer.txt'), `${text}again `);
    expect(await refusal(at('longer.txt'), '--resume', at('six'))).toMatch(
      /--resume: expected the original text of the run, 612 training and 69 validation tokens, got 617 and 69/,
    );
    await writeFile(at('other.txt'), text.replace('whale', 'wheal'));
    expect(await refusal(at('other.txt'), '--resume', at('six'))).toMatch(
      /expected the original text of the run, the same characters, got a text of the same length with other characters: pass the same files/,
    );
    await copyFile(at('text.txt'), at('renamed.txt'));
    expect((await train(at('renamed.txt'), '--resume', await six('renamed'), '--backend', 'cpu')).code).toBe(
      0,
    );
  });

  test('what is not a run', async () => {
    await mkdir(at('empty'));
    expect(await refusal('--resume', at('empty'))).toMatch(
      /--resume: expected a run in .*empty, got a directory without last.safetensors/,
    );
    expect(await refusal('--resume', at('nowhere'))).toMatch(/nowhere, got a path that does not exist/);
    expect(await refusal('--resume', at('text.txt'))).toMatch(
      /--resume: expected a run directory, or last.safetensors or best.safetensors in one, got .*text.txt/,
    );
    await mkdir(at('foreign'));
    await writeFile(at('foreign', 'last.safetensors'), text);
    expect(await refusal('--resume', at('foreign'))).toMatch(/not a safetensors file/);
  });

  test('a damaged last checkpoint, and names the best one', async () => {
    const directory = await six('damaged');
    const bytes = await readFile(`${directory}/last.safetensors`);
    await writeFile(`${directory}/last.safetensors`, bytes.subarray(0, bytes.length / 2));
    expect(await refusal('--resume', directory)).toMatch(
      /resume from the best checkpoint: --resume .*best.safetensors$/,
    );
    const best = `${directory}/best.safetensors`;
    expect((await train('--resume', best, '--backend', 'cpu')).code).toBe(0);
    expect((await readFile(`${directory}/last.safetensors`)).equals(await readFile(best))).toBe(true);
  });
});

describe('--init-from', () => {
  test('begins with the weights of a checkpoint, and its options of the model', async () => {
    const checkpoint = at('six', 'best.safetensors');
    const args = ['--init-from', checkpoint, '--steps', '1', '--learning-rate', '1e-30'];
    const outcome = await train(at('text.txt'), '--run-directory', at('init'), ...args, ...tiny);
    expect(outcome.code).toBe(0);
    const { validationLoss, bestStep } = lastObject(outcome) as Record<string, number>;
    const before = JSON.parse((await readFile(at('six', 'log.jsonl'), 'utf8')).trimEnd().split('\n').at(-1)!);
    expect(validationLoss).toBe(before.validationLoss);
    expect(bestStep).toBe(1);
  });

  test.each([
    [['--units', '8'], /--units: expected 4, as in .*best.safetensors, got 8/],
    [['--cell', 'gru'], /--cell: expected rnn, as in/],
  ])('refuses other models: %j', async (options, message) => {
    const init = ['--init-from', at('six', 'best.safetensors'), '--run-directory', at('never')];
    expect(await refusal(at('text.txt'), ...init, ...options)).toMatch(message);
    expect(await readdir(at())).not.toContain('never');
  });

  test('refuses other vocabularies, and what is no checkpoint', async () => {
    await writeFile(at('cats.txt'), 'the cat sat on the mat. '.repeat(30));
    const init = (file: string) => ['--init-from', file, '--run-directory', at('never'), '--backend', 'cpu'];
    expect(await refusal(at('cats.txt'), ...init(at('six', 'best.safetensors')))).toMatch(
      /--init-from: expected a text of only the model's 15 characters, got 2 characters that the model has not seen, "c", "o": set --grow-vocabulary to add them to the model/,
    );
    expect(await refusal(at('text.txt'), ...init(at('text.txt')))).toMatch(/not a safetensors file/);
  });
});
