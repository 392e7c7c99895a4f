import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { describe as describeModel } from '@unrolled/cells';
import { languageModel } from '@unrolled/language-model';
import { readSafetensors, writeSafetensors } from '@unrolled/safetensors';
import { beforeAll, describe, expect, test } from 'vitest';
import { afterBackend, charRnn } from './support/run-cli';
import { temporaryDirectory } from './support/temporary-directory';

const at = temporaryDirectory();
const tiny = [
  ...['--backend', 'cpu', '--layers', '1', '--units', '4', '--dropout', '0'],
  ...['--steps', '1', '--sample-length', '5'],
];

beforeAll(async () => {
  await writeFile(at('good.txt'), 'the whale swam and the ship sank. '.repeat(20));
  await writeFile(at('empty.txt'), '');
  await writeFile(at('one.txt'), 'a'.repeat(500));
  await writeFile(at('short.txt'), 'a short text');
  await writeFile(at('latin1.txt'), Buffer.from('un caf\u00e9 noir'.repeat(20), 'latin1'));
  await writeFile(at('cut.txt'), Buffer.from('ein Stück').subarray(0, 7));
  await mkdir(at('folder'));
  await charRnn('train', at('good.txt'), '--run-directory', at('good'), ...tiny);
});

/** Exit code 1, nothing on standard output, and exactly one line on standard error. */
async function refusal(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await charRnn(...args);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(afterBackend(stderr)).toMatch(/^\[unrolled\/[a-z-]+] .*\n$/);
  return stderr.trimEnd();
}

describe('train refuses, in one line and before it has written anything', () => {
  test.each([
    [['missing.txt'], 'expected a readable file at .*missing.txt, got no such file'],
    [['folder'], 'expected a readable file at .*folder, got a folder'],
    [['empty.txt'], 'expected a text in .*empty.txt, got an empty file'],
    [['one.txt'], 'expected at least two distinct characters in the training set, got "a" alone'],
    [
      ['short.txt'],
      'expected a text of at least 29 characters \\(one window of --sequence-length 25 and the character after it, beside --validation 0.1 of the text\\), got 12: use more text, or reduce --sequence-length',
    ],
    [
      ['latin1.txt'],
      'expected valid UTF-8 in .*latin1.txt, got byte 0xe9 at byte offset 6: name its encoding, .*or save the file as UTF-8, or read it with the unit byte',
    ],
    [['cut.txt'], 'expected valid UTF-8 in .*cut.txt, got byte 0xc3 at byte offset 6'],
    [['good.txt', 'missing.txt'], 'missing.txt, got no such file'],
  ])('%j', async (files, message) => {
    const paths = files.map((file) => at(file));
    const line = await refusal('train', ...paths, '--run-directory', at('never'), ...tiny, '--json');
    expect(line).toMatch(new RegExp(message));
    expect(await readdir(at())).not.toContain('never');
  });

  test.each([
    [['--lernrate', '1'], /expected a known option, got '--lernrate'/],
    [['--cell', 'cnn'], /--cell: expected one of lstm, gru, rnn, got 'cnn'/],
    [['--units', '0'], /--units: expected a whole number of at least 1, got '0'/],
    [['--units', '1.5'], /--units: expected a whole number of at least 1, got '1.5'/],
    [['--dropout', '1'], /--dropout: expected a number of at least 0 and below 1, got '1'/],
    [['--validation', '0'], /--validation: expected a number above 0 and below 1, got '0'/],
    [['--learning-rate', 'nan'], /--learning-rate: expected a number above 0, got 'nan'/],
    [['--seed', '-1'], /--seed: expected a whole number from 0 to 4294967295, got '-1'/],
    [['--backend', 'abacus'], /--backend: expected one of auto, unrolled, cpu, native, gpu, got 'abacus'/],
    [['--steps'], /--steps: expected a value, got none/],
    [['--steps', '0'], /--steps: expected a whole number of at least 1, got '0'/],
    [['--minutes', '0'], /--minutes: expected a number above 0, got '0'/],
    [['--seconds', 'Infinity'], /--seconds: expected a number above 0, got 'Infinity'/],
    [['--patience', '0'], /--patience: expected a whole number of at least 1, got '0'/],
    [['--embedding', '-1'], /--embedding: expected a whole number of at least 0, got '-1'/],
    [['--weight-decay', '-0.1'], /--weight-decay: expected a number of at least 0, got '-0.1'/],
    [['--averaging', '1'], /--averaging: expected a number of at least 0 and below 1, got '1'/],
    [['--warm-up', '1.5'], /--warm-up: expected a whole number of at least 0, got '1.5'/],
    [['--schedule', 'triangle'], /--schedule: expected one of constant, step, .*, got 'triangle'/],
    [['--final-learning-rate', '-1'], /--final-learning-rate: expected a number of at least 0, got '-1'/],
    [['--decay-factor', '1'], /--decay-factor: expected a number above 0 and below 1, got '1'/],
    [['--decay-every', '0'], /--decay-every: expected a number above 0, got '0'/],
    [['--decay-after', '-1'], /--decay-after: expected a number of at least 0, got '-1'/],
    [['--plateau-patience', '0'], /--plateau-patience: expected a whole number of at least 1, got '0'/],
    [['--clip', '-1'], /--clip: expected a number of at least 0, got '-1'/],
    [['--clip-value', 'NaN'], /--clip-value: expected a number above 0, got 'NaN'/],
    [['--checkpoint-every', '0'], /--checkpoint-every: expected a whole number of at least 1, got '0'/],
    [['--log-every', '0'], /--log-every: expected a whole number of at least 1, got '0'/],
    [['--preset', 'best'], /--preset: expected one of lab, .*, got 'best'/],
  ])('%j', async (options, message) => {
    const line = await refusal('train', at('good.txt'), '--run-directory', at('never'), ...options);
    expect(line).toMatch(message);
    expect(await readdir(at())).not.toContain('never');
  });

  test.each([
    [['--steps', '3', '--epochs', '1'], '--steps: expected --steps or --epochs, got both'],
    [['--minutes', '3', '--seconds', '1'], '--minutes: expected --minutes or --seconds, got both'],
    [['--clip', '3', '--clip-value', '1'], '--clip: expected --clip or --clip-value, got both'],
    [
      ['--tied', '--units', '8', '--embedding', '4'],
      '--tied: expected an embedding of the same size as a layer, --embedding 8, got --embedding 4: omit --embedding, or set --units 4',
    ],
    [
      ['--residual', '--layers', '1', '--units', '8'],
      '--residual: expected a layer whose input and output have the same size: --layers 2 or more, got --layers 1: add layers, or set --embedding 8',
    ],
    [
      ['--variational-dropout', '--dropout', '0'],
      '--variational-dropout: expected --dropout above 0 together with this option, got --dropout 0',
    ],
    [
      ['--weight-decay', '0.1', '--optimizer', 'sgd'],
      '--weight-decay: expected --optimizer adam together with this option, got sgd',
    ],
    [
      ['--decay-every', '2'],
      '--decay-every: expected --schedule step|exponential together with this option, got --schedule cosine',
    ],
    [
      ['--final-learning-rate', '0', '--schedule', 'step'],
      '--final-learning-rate: expected --schedule linear|cosine|plateau together with this option, got --schedule step',
    ],
    [
      ['--learning-rate', '1e-3', '--final-learning-rate', '1e-2'],
      '--final-learning-rate: expected at most the highest learning rate, 0.001, got 0.01',
    ],
  ])('%j, which contradict each other', async (options, message) => {
    const args = ['--run-directory', at('never'), '--backend', 'cpu'];
    const line = await refusal('train', at('good.txt'), ...args, ...options);
    expect(line.replace(/^\[unrolled\/(char-rnn|language-model)] /, '')).toBe(message);
    expect(await readdir(at())).not.toContain('never');
  });

  test.each([
    [['--validation-limit', '0'], /--validation-limit: expected a whole number of at least 1, got '0'/],
  ])('%j', async (options, message) => {
    const line = await refusal('train', at('good.txt'), '--run-directory', at('never'), ...options);
    expect(line).toMatch(message);
    expect(await readdir(at())).not.toContain('never');
  });

  test('a run directory that is a file, or below one', async () => {
    for (const directory of [at('good.txt'), at('good.txt', 'below')])
      expect(await refusal('train', at('good.txt'), '--run-directory', directory, ...tiny, '--json')).toMatch(
        /expected a directory that can be written at .*, got a file in place of a folder: choose another directory/,
      );
  });

  test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'a run directory without permission',
    async () => {
      await mkdir(at('locked'));
      await chmod(at('locked'), 0o500);
      const line = await refusal('train', at('good.txt'), '--run-directory', at('locked', 'run'), ...tiny);
      expect(line).toMatch(/got no permission to write there/);
    },
  );
});

describe('sample refuses a checkpoint', () => {
  const sample = (name: string, ...args: string[]) =>
    refusal('sample', '--checkpoint', at(name), '--backend', 'cpu', ...args);

  test('that is not given, not there, or a directory without one', async () => {
    expect(await refusal('sample')).toMatch(/--checkpoint: expected this required option/);
    expect(await sample('nothing.safetensors')).toMatch(/nothing.safetensors, got no such file/);
    expect(await sample('folder')).toMatch(/folder.best.safetensors, got no such file/);
  });

  test('that is empty, a text, or cut short anywhere', async () => {
    expect(await sample('empty.txt')).toMatch(/got 0 bytes .*empty, truncated or not a safetensors file/);
    expect(await sample('good.txt')).toMatch(/not a safetensors file/);
    const bytes = await readFile(at('good', 'best.safetensors'));
    for (const length of [4, 8, 100, bytes.length - 1]) {
      await writeFile(at('truncated.safetensors'), bytes.subarray(0, length));
      expect(await sample('truncated.safetensors')).toMatch(/truncated|bytes/);
    }
  });

  test('that another program wrote', async () => {
    const foreign = writeSafetensors({ w: { dtype: 'F32', shape: [1], data: Float32Array.of(1) } });
    await writeFile(at('foreign.safetensors'), foreign);
    expect(await sample('foreign.safetensors')).toMatch(
      /expected a checkpoint .*, got a safetensors file of another origin/,
    );
  });

  type Config = Record<string, Record<string, unknown[]>>;
  type Parts = Record<string, unknown>[];
  interface Header {
    config: Config;
    model: { model: { parts: Parts } };
  }

  /** The good checkpoint with a changed header. */
  async function withHeader(change: (header: Header) => void): Promise<void> {
    const { tensors, metadata } = readSafetensors(await readFile(at('good', 'best.safetensors')));
    const header = JSON.parse(metadata.unrolled!);
    change(header);
    await writeFile(
      at('changed.safetensors'),
      writeSafetensors(tensors, { ...metadata, unrolled: JSON.stringify(header) }, { checksum: true }),
    );
  }

  const withConfig = (change: (config: Config) => void) => withHeader(({ config }) => change(config));
  /** With changed parts of its model. */
  const withParts = (change: (parts: Parts) => void) => withHeader(({ model }) => change(model.model.parts));

  test('of another app or architecture, or with a description that is not one', async () => {
    await withConfig((config) => Object.assign(config, { kind: 'hihello' }));
    expect(await sample('changed.safetensors')).toMatch(
      /--checkpoint: expected a checkpoint of a language model in .*, got a file of hihello: pass a file that char-rnn train/,
    );
    await withParts(([lstm]) => Object.assign(lstm!, { units: 8 }));
    expect(await sample('changed.safetensors')).toMatch(/modelFrom: .*: use a file of the same release/);
    await withParts(([lstm, head]) => [
      Object.assign(lstm!, { units: 8 }),
      Object.assign(head!, { inputSize: 8 }),
    ]);
    expect(await sample('changed.safetensors')).toMatch(
      /got an architecture that contradicts its description: 0\.kernel should be \[\d+, 32] and is \[\d+, 16]/,
    );
    const large = 16_000_000;
    await withParts(([lstm, head]) => {
      Object.assign(lstm!, { units: large });
      Object.assign(head!, { inputSize: large });
    });
    expect(await sample('changed.safetensors')).toMatch(/0\.kernel should be \[\d+, 64000000] and is/);
    await withParts((parts) => parts.splice(1, 0, { ...parts[0]!, inputSize: 4, inputKind: 'vectors' }));
    expect(await sample('changed.safetensors')).toMatch(
      /got an architecture that contradicts its description: 1\.kernel/,
    );
    await withHeader((header) => {
      const architecture = { layers: 1, units: 4, embedding: 0, dropout: 0, tied: false, residual: false };
      const gru = languageModel(Number(header.model.model.parts[0]!.inputSize), {
        ...{ ...architecture, cell: 'gru', variationalDropout: false },
      });
      Object.assign(header, { model: describeModel(gru) });
    });
    expect(await sample('changed.safetensors')).toMatch(/0\.kernel should be \[\d+, 12] and is \[\d+, 16]/);
    for (const damage of [{ units: '4' }, { inputSize: -1 }, { type: 'constructor' }, { units: null }]) {
      await withParts(([lstm]) => Object.assign(lstm!, damage));
      expect(await sample('changed.safetensors')).toMatch(/modelFrom: .*: use a file of the same release/);
    }
    await withConfig((config) => Object.assign(config, { settings: null }));
    expect(await sample('changed.safetensors')).toMatch(/got a damaged description of the run/);
    await withConfig((config) => Object.assign(config, { vocabulary: { tokens: [1, 2] } }));
    expect(await sample('changed.safetensors')).toMatch(/got a damaged vocabulary/);
    await withConfig(({ vocabulary }) => vocabulary!.tokens!.push('\u{1f40b}'));
    expect(await sample('changed.safetensors')).toMatch(
      /got an architecture that contradicts its description/,
    );
  });

  test('options of sample must be in their ranges', async () => {
    expect(await sample('good/best.safetensors', '--temperature', '-1')).toMatch(
      /--temperature: expected a number of at least 0/,
    );
    expect(await sample('good/best.safetensors', '--length', 'many')).toMatch(
      /--length: expected a whole number of at least 1/,
    );
    expect(await sample('good/best.safetensors', '--prime', 'Q')).toMatch(
      /--prime: expected characters that the model has seen/,
    );
  });
});
