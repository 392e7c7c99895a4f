import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { type WavFormat, writeWav } from '@unrolled/audio';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { program } from '../src/program';
import { folded, isLongEnough } from '../src/read-task';
import { tableLines } from '../src/tables';
import { tones } from '../src/tones';

let folder: string;
/** Runs a command line; gives the object of its last line. */
async function speech(...args: string[]) {
  const written: string[] = [];
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => written.push(String(text)) > 0),
  );
  try {
    const whole = program().exitOverride();
    for (const command of whole.commands) command.exitOverride().configureOutput({ outputError: () => {} });
    await whole.parseAsync(['node', 'speech', ...args]);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return { text: written.join(''), json: JSON.parse(written.at(-1)!) };
}

const made = tones({ train: 60, other: 10 });
const sound = (index: number, format: WavFormat = 'pcm16') =>
  writeWav({ sampleRate: 8000, channels: [made.train[index]!.samples] }, { format });

/** A folder of recordings with a table, changed before it is written. */
async function ownData(
  name: string,
  change: (files: Map<string, Uint8Array>, lines: string[]) => void = () => {},
) {
  const own = path.join(folder, name);
  const files = new Map(made.train.slice(0, 24).map((_, index) => [`${index}.wav`, sound(index)]));
  const lines = made.train.slice(0, 24).map(({ text }, index) => `${index}|${text}|${text}`);
  change(files, lines);
  await mkdir(path.join(own, 'wavs'), { recursive: true });
  for (const [file, bytes] of files) await writeFile(path.join(own, 'wavs', file), bytes);
  const table = path.join(own, 'metadata.csv');
  await writeFile(table, lines.join('\n'));
  return ['--audio', own, '--transcripts', table];
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'speech-'));
});
afterAll(() => rm(folder, { recursive: true }));

const small = ['--units', '48', '--batch-size', '16', '--learning-rate', '0.01', '--seed', '3', '--json'];

describe('a small run', () => {
  test('learns tones, is scored, says files and draws a picture', async () => {
    const run = path.join(folder, 'run');
    const trained = await speech('train', '--data', 'tones', '--run', run, ...small, '--steps', '150');
    expect(Object.keys(trained.json)).toEqual([
      'characterErrorRate',
      'wordErrorRate',
      'phonemeErrorRate',
      'steps',
    ]);
    expect(trained.json).toMatchObject({ steps: 150, phonemeErrorRate: null });
    expect(trained.json.characterErrorRate).toBeLessThan(0.3);
    const before = tf.memory().numTensors;
    const scored = await speech('score', '--run', run, '--json');
    expect(scored.json.characterErrorRate).toBeLessThan(0.3);
    expect(scored.text).toMatch(/says nothing +100\.00 % +100\.00 % +–/);
    const wav = path.join(folder, 'said.wav');
    await writeFile(wav, writeWav({ sampleRate: 8000, channels: [made.test[0]!.samples] }));
    const said = await speech('say', wav, '--run', run, '--best', '2', '--json');
    const [first, second] = said.json.files[0].texts;
    expect(first.logProbability).toBeGreaterThan(second.logProbability);
    expect(first.times).toHaveLength(first.text.length);
    await speech('show', '--run', run, '--json');
    const picture = await readFile(path.join(run, 'ctc.svg'), 'utf8');
    expect(picture).toMatch(/data:image\/png;base64,[\s\S]+known text[\s\S]+<\/svg>\n$/);
    expect(picture).not.toMatch(/NaN|undefined/);
    expect(tf.memory().numTensors).toBe(before);
    const showing = (...args: string[]) => speech('show', wav, '--run', run, '--json', ...args);
    await expect(showing('--picture', 'a.png')).rejects.toThrow(/--picture: expected a path that ends in/);
    await expect(showing('--text', 'z!')).rejects.toThrow(/--text: expected labels among .*got 'z'/);
    const slow = path.join(folder, 'slow.wav');
    const bytes = writeWav({ sampleRate: 1, channels: [new Float32Array(100_000)] });
    await writeFile(slow, bytes);
    await expect(speech('say', wav, slow, '--run', run)).rejects.toThrow(/sound in .*slow\.wav, of 1 hertz/);
  });

  test('of a folder and its table, with the same numbers again', async () => {
    const own = await ownData('own');
    const runs = ['first', 'second'].map((name) => path.join(folder, name));
    const few = [...small, '--steps', '3'];
    for (const run of runs) await speech('train', ...own, '--rate', '8000', '--run', run, ...few);
    const [first, second] = await Promise.all(
      runs.map((run) => readFile(path.join(run, 'last.safetensors'))),
    );
    expect(first).toEqual(second);
    expect(await readFile(path.join(runs[0]!, 'texts.txt'), 'utf8')).toMatch(/^([a-z]+\n){15,}$/);
  });
});

describe('refused in one line, with nothing written:', () => {
  const cases: [string, (files: Map<string, Uint8Array>, lines: string[]) => void, string[], RegExp][] = [
    [
      'a text without its file',
      (files) => files.delete('3.wav'),
      [],
      /the file 3\.wav in .*metadata\.csv, got none: add the missing file or text/,
    ],
    [
      'a file without its text',
      (_, lines) => lines.splice(3, 1),
      [],
      /a text of .*wavs\/3\.wav in .*metadata\.csv, got none/,
    ],
    ['two texts of a file', (_, lines) => lines.push(lines[0]!), [], /one text of wavs\/0\.wav, got two/],
    [
      'an empty text',
      (_, lines) => (lines[2] = '2||'),
      [],
      /a text of wavs\/2\.wav in .*, got an empty text/,
    ],
    [
      'a line of another kind',
      (_, lines) => (lines[2] = 'nothing'),
      [],
      /in each line of .*metadata\.csv, got 'nothing'/,
    ],
    [
      'a label that the alphabet lacks',
      () => {},
      ['--alphabet', 'abdegiknors'],
      /labels among a, b, .* in the text of .*\.wav, got 't'/,
    ],
    [
      'a file that lies about its length',
      (files) => files.set('5.wav', sound(5).subarray(0, 900)),
      [],
      /bytes, the length in its header, in .*wavs\/5\.wav, got 900 bytes/,
    ],
    [
      'a file of 0 frames',
      (files) => {
        const bytes = sound(5).slice(0, 44);
        new DataView(bytes.buffer).setUint32(4, 36, true);
        new DataView(bytes.buffer).setUint32(40, 0, true);
        files.set('5.wav', bytes);
      },
      [],
      /at least one sample in .*5\.wav/,
    ],
    [
      'a file that is cut behind its header',
      (files) => files.set('5.wav', sound(5).subarray(0, 44)),
      [],
      /5\.wav, got 44 bytes/,
    ],
    [
      'a sample that is NaN',
      (files) => {
        const bytes = sound(5, 'float32');
        new DataView(bytes.buffer).setFloat32(100, Number.NaN, true);
        files.set('5.wav', bytes);
      },
      [],
      /finite samples in .*5\.wav, got NaN at frame/,
    ],
    [
      'another codec',
      (files) => {
        const bytes = sound(5);
        bytes[20] = 7;
        files.set('5.wav', bytes);
      },
      [],
      /in .*5\.wav, got µ-law/,
    ],
    [
      'too few recordings',
      (files, lines) => {
        for (let index = 2; index < 24; index++) files.delete(`${index}.wav`);
        lines.length = 2;
      },
      [],
      /enough recordings for five folds, got 2 recordings/,
    ],
  ];
  test.each(cases)('%s', async (name, change, more, message) => {
    const own = await ownData(`bad ${name}`, change);
    const run = path.join(folder, `run ${name}`);
    const error = await speech('train', ...own, ...more, '--run', run, ...small, '--steps', '1').catch(
      (caught) => caught,
    );
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('\n');
    expect(existsSync(run)).toBe(false);
  });

  test.each<[string[], RegExp]>([
    [['say', 'a.wav', '--run', 'nowhere'], /--run: expected a trained network in nowhere, got none/],
    [
      ['train', '--audio', 'somewhere', '--run', '{new}'],
      /--audio: expected --audio and --transcripts together/,
    ],
    [
      ['train', '--audio', 'nowhere', '--transcripts', 'x.csv', '--run', '{new}'],
      /--audio: expected a readable file or folder at nowhere, got no such file/,
    ],
    [['train', '--resume', '--run', 'nowhere'], /nowhere/],
    [['train', '--fold', '5'], /fold/],
  ])('%s', async (args, message) => {
    const place = path.join(folder, 'new');
    const error = await speech(...args.map((one) => one.replace('{new}', place))).catch((caught) => caught);
    expect(error.message).toMatch(message);
    expect(existsSync(place)).toBe(false);
  });
});

test('leaves out what has no other half, when it is told to', async () => {
  const own = await ownData('halves', (files, lines) => {
    files.delete('3.wav');
    lines.splice(7, 1);
  });
  const run = path.join(folder, 'halves run');
  const { text } = await speech(
    'train',
    ...own,
    '--leave-out',
    '--rate',
    '8000',
    '--run',
    run,
    ...small,
    '--steps',
    '1',
  );
  expect(text).toMatch(/1[0-9] recordings for training/);
});

test('the tables of four collections', () => {
  expect(tableLines('a/metadata.csv', 'LJ001-0001|Printing, in 1455|Printing, in fourteen\n')).toEqual([
    { id: 'LJ001-0001', text: 'Printing, in fourteen', speaker: '' },
  ]);
  const columns = 'client_id\tpath\tsentence\tage\n';
  expect(tableLines('train.tsv', `${columns}ann\tcommon_voice_1.mp3\tThe "old" pier.\tteens\r\n`)).toEqual([
    { id: 'common_voice_1', text: 'The "old" pier.', speaker: 'ann' },
  ]);
  expect(tableLines('84-121123.trans.txt', '84-121123-0000 GO ON\n84-121123-0001 DO YOU\n')[1]).toEqual({
    id: '84-121123-0001',
    text: 'DO YOU',
    speaker: '84',
  });
  expect(
    tableLines('core-sounds-en.txt', '; note\n\ndigits/7: seven\nbeep: [a tone]\nx: Press 1. (tone)\n'),
  ).toEqual([
    { id: 'digits/7', text: 'seven', speaker: '' },
    { id: 'beep', text: '', speaker: '' },
    { id: 'x', text: 'press one', speaker: '' },
  ]);
});

test('a text of more labels than steps is left out, however many frames there are', () => {
  const alphabet = { unit: 'character', labels: ['a', 'b'] } as const;
  for (let count = 1; count < 300; count++) {
    const said: string[] = [];
    const frames = { values: new Float32Array(count * 40), count, size: 40 };
    const [fits, not] = [Math.ceil(count / 2), Math.ceil(count / 2) + 1].map((labels) => {
      const text = Array.from({ length: labels }, (_, at) => 'ab'[at % 2]).join('');
      return isLongEnough(alphabet, (line) => said.push(line))({ name: 'a', text, speaker: '', frames });
    });
    expect([count, fits, not]).toEqual([count, true, false]);
    expect(said).toHaveLength(1);
  }
});

test('five folds have no text in common, and each recording is in the test once', () => {
  const sounds = made.train.flatMap(({ name, text, samples }) => [
    { name, text, samples, speaker: '' },
    { name: `${name} again`, text, samples, speaker: '' },
  ]);
  const tested = [0, 1, 2, 3, 4].flatMap((fold) => {
    const parts = folded(sounds, fold);
    const textsOf = (list: readonly { text: string }[]) => new Set(list.map(({ text }) => text));
    const [train, validation, test] = [parts.train, parts.validation, parts.test].map(textsOf);
    for (const text of test!) expect(train!.has(text) || validation!.has(text)).toBe(false);
    for (const text of validation!) expect(train!.has(text)).toBe(false);
    return parts.test.map(({ name }) => name);
  });
  expect(tested.sort()).toEqual(sounds.map(({ name }) => name).sort());
});
