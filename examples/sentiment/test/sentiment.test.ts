import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { decisionPicture, decisionWords } from '../src/pictures';
import { program } from '../src/program';
import { lexiconSum, wordsOf } from '../src/words';

/** Made-up opinions of made-up words, one of which decides. */
function madeUpOpinions(count: number): string {
  const pick = (list: string, at: number) => list.split(' ')[at % list.split(' ').length]!;
  let state = 7;
  const draw = () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return Math.floor(state / 2 ** 8);
  };
  const lines = Array.from({ length: count }, (_, at) => {
    const filler = Array.from({ length: 1 + (draw() % 7) }, () =>
      pick('bal dor kem lin mav rud sol tep', draw()),
    );
    const isPositive = draw() % 2 === 0;
    const word = pick(isPositive ? 'zil ziff' : 'grum krok', draw());
    filler.splice(draw() % (filler.length + 1), 0, word);
    return `${isPositive ? 'positive' : 'negative'}\t${filler.join(' ')} n${at}`;
  });
  return `${lines.join('\n')}\n`;
}

let folder: string;
let run: string;
let table: string;
/** Runs a command line; gives the object of its last line. */
async function sentiment(...args: string[]) {
  const written: string[] = [];
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => written.push(String(text)) > 0),
  );
  try {
    const whole = program().exitOverride();
    for (const command of whole.commands) command.exitOverride().configureOutput({ outputError: () => {} });
    await whole.parseAsync(['node', 'sentiment', ...args]);
  } catch (error) {
    throw Object.assign(error as Error, { written: written.join('') });
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return { text: written.join(''), json: JSON.parse(written.at(-1)!) };
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sentiment-'));
  run = path.join(folder, 'run');
  table = path.join(folder, 'opinions.tsv');
  await writeFile(table, madeUpOpinions(300));
});
afterAll(() => rm(folder, { recursive: true }));

const sizes = ['--units', '4', '--learning-rate', '0.03', '--seed', '2', '--json'];

describe('a small run', () => {
  test('learns made-up opinions, says which words decided, and is scored', async () => {
    const trained = await sentiment('train', '--run', run, '--table', table, ...sizes, '--steps', '60');
    expect(trained.json).toMatchObject({ steps: 60 });
    expect(trained.json.accuracy).toBeGreaterThan(0.8);
    const before = tf.memory().numTensors;
    const said = await sentiment('say', 'Bal ZIL dor!', 'kem <b>grum</b>', '--run', run, '--json');
    const [positive, negative] = said.json.texts;
    expect(positive.positive).toBeGreaterThan(0.5);
    expect(negative.positive).toBeLessThan(0.5);
    expect(positive.words.map(({ word }: { word: string }) => word)).toEqual(['Bal', 'ZIL', 'dor', '!']);
    expect(positive.words.reduce((sum: number, { share }: { share: number }) => sum + share, 0)).toBeCloseTo(
      1,
      5,
    );
    const attributions = negative.words.map(({ attribution }: { attribution: number }) => attribution);
    expect(attributions[1]).toBe(Math.min(...attributions));
    expect(await readFile(path.join(run, 'words.html'), 'utf8')).toContain('>grum</span>');
    const scored = await sentiment('score', '--run', run, '--json');
    expect(Object.keys(scored.json)).toEqual(['accuracy', 'steps']);
    expect(scored.json.accuracy).toBeGreaterThan(0.8);
    expect(scored.text).toContain('always the more frequent label');
    expect(tf.memory().numTensors).toBe(before);
  });

  test('without a network says what it can learn instead, and learns that', async () => {
    const own = path.join(folder, 'made-up');
    vi.stubEnv('XDG_CACHE_HOME', folder);
    vi.stubEnv('PATH', '');
    const failed = await sentiment('train', '--run', own).catch((error) => error);
    vi.unstubAllEnvs();
    expect(failed.message).toMatch(/fetch: expected python3 with pip to download .*connect to the network/);
    expect(failed.written).toContain('without a network, use --data made-up');
    expect(existsSync(own)).toBe(false);
    const few = [...sizes, '--weight-decay', '0.1', '--steps', '60'];
    const { json } = await sentiment('train', '--data', 'made-up', '--run', own, ...few);
    expect(json.accuracy).toBeGreaterThan(0.8);
  });

  test('begins with embeddings of a file, and goes on where it ended', async () => {
    const file = path.join(folder, 'vectors.txt');
    await writeFile(file, 'zil 1 1 1 1\ngrum -1 -1 -1 -1\n');
    const own = path.join(folder, 'begun');
    const small = ['--table', table, '--embeddings', file, '--units', '2', '--json'];
    await sentiment('train', '--run', own, ...small, '--steps', '2');
    const on = await sentiment('train', '--run', own, '--resume', '--steps', '4', '--json');
    expect(on.json.steps).toBe(4);
  });

  test.each([
    [['say', 'a', '--run', 'nowhere'], '--run: expected a trained network in nowhere, got none'],
    [['train', '--resume', '--seed', '2'], '--seed: expected only a limit together with --resume'],
    [['train', '--run', '{run}'], 'choose another directory, or continue the run with --resume'],
    [['train', '--table', '{label}', '--run', '{new}'], 'expected positive or negative on line 2 of'],
    [['train', '--table', '{empty}', '--run', '{new}'], 'expected a text on line 2 of'],
    [
      ['train', '--table', '{few}', '--run', '{new}'],
      'expected at least 20 different texts, and both labels, in',
    ],
    [['train', '--table', '{new}', '--run', '{new}'], 'expected a file'],
    [['train', '--table', '{table}', '--embeddings', '{wide}', '--run', '{new}'], 'set --units to half'],
    [
      ['train', '--table', '{table}', '--embeddings', '{new}', '--run', '{new}'],
      '--embeddings: expected a readable file',
    ],
    [['say', 'good', ' …', '--run', '{run}'], "say: expected a word in each text, got no word in ' …'"],
  ])('%s: one line, and nothing written', async (args, message) => {
    const files = {
      label: 'positive\ta b\nhappy\tc d\n',
      empty: 'positive\ta b\nnegative\t \n',
      few: 'positive\ta\nnegative\tb\n',
      wide: 'zil 1 2 3\n',
    };
    for (const [name, content] of Object.entries(files)) await writeFile(path.join(folder, name), content);
    const place = (name: string) =>
      name === 'run' ? run : name === 'table' ? table : path.join(folder, name);
    const given = args.map((one) => one.replace(/\{(\w+)\}/, (_, name: string) => place(name)));
    const error = await sentiment(...given).catch((caught) => caught);
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('\n');
    expect(existsSync(path.join(folder, 'new'))).toBe(false);
  });
});

test('words are runs of letters, digits and apostrophes, and exclamation and question marks; tags are left out', () => {
  expect(wordsOf("It<br />isn't 1984 — naïve, SO-so!")).toEqual([
    'It',
    "isn't",
    '1984',
    'naïve',
    'SO',
    'so',
    '!',
  ]);
  expect(wordsOf('…')).toEqual([]);
});

test('a lexicon counts each of its words', () => {
  expect(lexiconSum(new Map(Object.entries({ good: 2, "isn't": -1 })), 'Good, good; ISN’T bad')).toBe(3);
});

test('the words that decided are marked, and escaped on the page', () => {
  const words = [
    { word: 'good', share: 0.62, attribution: 2 },
    { word: '<b>', share: 0.38, attribution: -1 },
    { word: 'the', share: 0, attribution: 0.01 },
  ];
  expect(decisionWords(words)).toBe('good[++++ 62%] <b>[-- 38%] the');
  const page = decisionPicture([{ text: '', positive: 0.9, words }]);
  expect(page).toContain('>&lt;b&gt;</span>');
  expect(page).toContain('class="word negative"');
});
