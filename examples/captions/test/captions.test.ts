import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { random } from '@unrolled/cells';
import {
  type Artist,
  type Emoji,
  endOf,
  learnNames,
  markOf,
  type Pictures,
  redrawn,
} from '@unrolled/example-data';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { captionBatches } from '../src/batches';
import { captionsPage } from '../src/page';
import { program } from '../src/program';
import { measure } from '../src/report';
import { DIRECTIONS, STROKE_CELLS, STROKES, strokesOf } from '../src/strokes';

/**
 * Made-up drawings in the place of the fetched ones: squares and bars in two colours; artists differ in shade
 * and size.
 */
const madeUp = vi.hoisted(() => {
  const inks = { red: ['빨강', 1, 0, 0], blue: ['파랑', 0, 0, 1] } as const;
  const shapes = { square: ['사각형', 24], bar: ['막대', 6] } as const;
  const emoji: Emoji[] = [];
  const of: Record<string, Float32Array[]> = { twemoji: [], openmoji: [], noto: [] };
  const drawn = (height: number, ink: readonly number[]) =>
    new Float32Array(32 * 32 * 3).map((_, at) => {
      const [row, column] = [Math.floor(at / 96), Math.floor(at / 3) % 32];
      return Math.abs(row - 15.5) < height / 2 && column >= 4 && column < 28 ? ink[at % 3]! : 1;
    });
  for (const [colour, [korean, ...ink]] of Object.entries(inks)) {
    for (const [shape, [name, height]] of Object.entries(shapes)) {
      const names = { en: `${colour} ${shape}`, ko: `${korean} ${name}` } as Emoji['names'];
      emoji.push({ text: colour[0]! + shape[0]!, names, files: { twemoji: '', openmoji: '', noto: '' } });
      of.twemoji!.push(drawn(height, ink));
      of.openmoji!.push(
        drawn(
          height - 2,
          ink.map((value) => 0.1 + 0.8 * value),
        ),
      );
      of.noto!.push(
        drawn(
          height - 1,
          ink.map((value) => 0.2 + 0.7 * value),
        ),
      );
    }
  }
  return { emoji, of } as unknown as Pictures;
});
vi.mock('@unrolled/example-data', async (load) => ({
  ...(await load<object>()),
  captioning: async (unseen: Artist) => {
    const { [unseen]: asked, ...known } = madeUp.of;
    return { emoji: madeUp.emoji, known: Object.values(known), unseen: asked };
  },
}));

let folder: string;
let run: string;
/** Runs a command line; gives what it wrote, and the object of its last line. */
async function captions(...args: string[]) {
  const written: string[] = [];
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => written.push(String(text)) > 0),
  );
  try {
    const whole = program().exitOverride();
    for (const command of whole.commands) command.exitOverride().configureOutput({ outputError: () => {} });
    await whole.parseAsync(['node', 'captions', ...args]);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return { text: written.join(''), json: JSON.parse(written.at(-1)!) };
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'captions-'));
  run = path.join(folder, 'run');
});
afterAll(() => rm(folder, { recursive: true }));

const sizes = [
  '--languages',
  'en,ko',
  '--width',
  '4',
  '--units',
  '48',
  '--batch-tokens',
  '80',
  '--seed',
  '1',
  '--json',
];

describe('a small run', () => {
  test('names drawings of an artist that it has not seen, shows them, and is scored', async () => {
    const trained = await captions(
      'train',
      '--run',
      run,
      ...sizes,
      '--learning-rate',
      '0.008',
      '--steps',
      '130',
    );
    expect(Object.keys(trained.json)).toEqual(['exact', 'baselineExact', 'chrf', 'languages']);
    expect(trained.json.exact).toBeGreaterThan(0.6);
    expect(trained.json.languages.ko.exact).toBeGreaterThan(0.5);
    const before = tf.memory().numTensors;
    const scored = await captions('score', '--run', run, '--json');
    expect(scored.json.baselineExact).toBe(1);
    expect(scored.text).toContain('4 drawings of noto, named by a beam of 5');
    expect(scored.text).toMatch(/ratio: \d\.\d\d … \d\.\d\d \(95 %/);
    const page = path.join(folder, 'page.html');
    const shown = await captions(
      'show',
      '--run',
      run,
      '--languages',
      'ko',
      '--count',
      '3',
      '--page',
      page,
      '--json',
    );
    expect(shown.json.captions).toHaveLength(3);
    expect(Object.keys(shown.json.captions[0].names)).toEqual(['ko']);
    expect((await readFile(page, 'utf8')).match(/<article>/g)).toHaveLength(3);
    expect(tf.memory().numTensors).toBe(before);
  }, 240_000);

  test.each([
    [['show', '--run', 'nowhere'], '--run: expected a trained network in nowhere, got none'],
    [
      ['show', '--run', '{run}', '--languages', 'en,tlh'],
      '--languages: expected languages of en, ko, got tlh',
    ],
    [['show', '--run', '{run}', '--page', '{folder}'], '--page: expected a file that can be written at'],
    [['show', '--run', '{run}', '--page', '{new}/page.html'], 'got a path that does not exist'],
    [['show', '--run', '{run}', '{new}.svg'], 'drawing: expected a drawing in'],
    [['train', '--run', '{new}', '--languages', 'tlh'], '--languages: expected languages of en, ko, de'],
    [
      ['train', '--run', '{run}'],
      'which contains last.safetensors: choose another directory, or continue the run with --resume',
    ],
    [
      ['train', '--resume', '--run', '{run}', '--seed', '2'],
      '--seed: expected only a limit together with --resume',
    ],
  ])('%s: one line, and nothing written', async (args, message) => {
    const places: Record<string, string> = { run, folder, new: path.join(folder, 'new') };
    const given = args.map((one) => one.replace(/\{(\w+)\}/, (_, key: string) => places[key]!));
    const error = await captions(...given).catch((caught) => caught);
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('\n');
    expect(existsSync(path.join(folder, 'new'))).toBe(false);
  });
});

test('a drawing is redrawn otherwise each time, by the stream alone, within 0 … 1', () => {
  const picture = madeUp.of.twemoji[0]!;
  const [draw, again] = [random(1), random(1)];
  const [first, second] = [redrawn(picture, draw), redrawn(picture, draw)];
  expect(redrawn(picture, again)).toEqual(first);
  expect(second).not.toEqual(first);
  for (const value of [...first, ...second]) expect(value >= 0 && value <= 1).toBe(true);
});

test('strokes tell the direction of an edge, and its colour; twice the contrast is much the same', () => {
  const edge = (ink: number) => new Float32Array(32 * 32 * 3).map((_, at) => (at % 96 < 48 ? ink : 1));
  const cellsOf = (ink: number) => {
    const strokes = strokesOf(edge(ink));
    return (cell: number) => strokes.subarray(cell * STROKES, (cell + 1) * STROKES);
  };
  const [faint, strong] = [cellsOf(0.5), cellsOf(0)];
  const beside = strong(STROKE_CELLS / 2);
  // A vertical edge: grey differs across, so direction 0 is the strongest, and that of horizontal edges is
  // nothing.
  expect(beside.indexOf(Math.max(...beside.subarray(0, DIRECTIONS)))).toBe(0);
  expect(beside[DIRECTIONS / 2]).toBe(0);
  expect(Math.max(...strong(0).subarray(0, DIRECTIONS))).toBe(0);
  expect(strong(0)[DIRECTIONS]).toBeCloseTo(-1.6, 5);
  expect(strong(STROKE_CELLS - 1)[DIRECTIONS]).toBeCloseTo(0.4, 5);
  expect(faint(STROKE_CELLS / 2)[0]! / beside[0]!).toBeGreaterThan(0.85);
});

test('a batch holds pictures, which emoji they show, and their names in the language of the first token', () => {
  const { emoji, of } = madeUp;
  const learned = learnNames(emoji, ['en', 'ko']);
  const task = { emoji, known: [of.twemoji, of.openmoji], unseen: of.noto };
  const seen = [...captionBatches(task, learned, 60, 1)(1)].flatMap(({ pictures, kinds, names }) =>
    Array.from(kinds, (kind, row) => {
      const ids = names.targets.subarray(row * names.steps, row * names.steps + names.lengths[row]!);
      const mark = names.inputs[row * names.steps]!;
      const language = learned.languages.find((one) => markOf(learned, one) === mark)!;
      expect(ids.at(-1)).toBe(endOf(learned));
      expect(learned.side.decode(ids.subarray(0, -1))).toBe(emoji[kind]!.names[language]);
      expect(pictures[row]).toHaveLength(32 * 32 * 3);
      return `${language} ${kind}`;
    }),
  );
  expect(seen).toHaveLength(16);
  expect(new Set(seen).size).toBe(8);
});

test('exact names are counted by language, and compared by resamples of the pictures', () => {
  const { emoji, of } = madeUp;
  const task = { emoji, known: [of.twemoji, of.openmoji], unseen: of.noto };
  const en = emoji.map(({ names }, at) => (at < 2 ? names.en : 'nothing'));
  const { result, lines } = measure(task, { en, ko: emoji.map(({ names }) => names.ko) });
  const { exact, baselineExact, languages } = result;
  expect([exact, baselineExact, languages.en!.exact, languages.ko!.chrf]).toEqual([0.75, 1, 0.5, 100]);
  expect(lines.at(-1)).toContain(': -50.0 % … 0.0 %, ratio: 0.50 … 1.00 (95 %');
});

test('a page names the artists, marks what is wrong and escapes what names hold', () => {
  const { emoji, of } = madeUp;
  const piece = { text: '<b>', shares: Float32Array.from({ length: 16 }, (_, at) => at / 120) };
  const said = [{ language: 'en' as const, name: '<b>', probability: 0.5, pieces: [piece] }];
  const card = { title: emoji[0]!.text, picture: of.noto[0]!, names: emoji[0]!.names, said };
  const page = captionsPage([card], 'noto');
  expect(page).toContain('✗ red square');
  expect(page).toContain('&lt;b&gt;');
  for (const words of ['Apache-2.0, Google', 'CC-BY-4.0, Twitter', 'CC-BY-SA-4.0, OpenMoji', 'Unicode-3.0'])
    expect(page).toContain(words);
  expect(page).not.toMatch(/(src|href)="(?!data:image\/bmp;base64,|#p0")/);
  const own = captionsPage([{ title: 'mine.svg', picture: of.noto[0]!, said }], 'noto', true);
  expect(own).not.toContain('class="wrong"');
  expect(own).not.toContain('Google');
});
