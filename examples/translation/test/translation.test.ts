import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { nearestTargets } from '@unrolled/example-data';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { alignmentPicture } from '../src/pictures';
import { program } from '../src/program';

/** After how many milliseconds a run that begins is interrupted. */
const interruption = vi.hoisted(() => ({ after: undefined as number | undefined }));
vi.mock('@unrolled/runs/node', async (load) => ({
  ...(await load<object>()),
  interruptSignal: () =>
    interruption.after === undefined ? undefined : AbortSignal.timeout(interruption.after),
}));

/** Made-up words and sounds: a vowel is drawn out before an x, and an x is not said. */
function madeUpPairs(count: number): string {
  const letters = 'abdegikmo';
  let state = 7;
  const draw = (below: number) => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
  const lines = new Set<string>();
  while (lines.size < count) {
    const word = Array.from(
      { length: 2 + draw(3) },
      () => letters[draw(letters.length)]! + 'x'.repeat(+(draw(4) === 0)),
    );
    const sounds = word.map(
      (part) => part[0]!.toUpperCase() + (part.length > 1 && /[aeio]/.test(part) ? ':' : ''),
    );
    lines.add(`${word.join('')}\t${sounds.join(' ')}`);
  }
  return [...lines].join('\n');
}

let folder: string;
let run: string;
/** Runs a command line; gives the object of its last line. */
async function translation(...args: string[]) {
  const written: string[] = [];
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => written.push(String(text)) > 0),
  );
  try {
    const whole = program().exitOverride();
    for (const command of whole.commands) command.exitOverride().configureOutput({ outputError: () => {} });
    await whole.parseAsync(['node', 'translation', ...args]);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return { text: written.join(''), json: JSON.parse(written.at(-1)!) };
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'translation-'));
  run = path.join(folder, 'run');
  await writeFile(path.join(folder, 'pairs.tsv'), madeUpPairs(600));
});
afterAll(() => rm(folder, { recursive: true }));

const sizes = ['--units', '32', '--batch-tokens', '400', '--learning-rate', '0.02', '--seed', '3', '--json'];
const units = ['--source-unit', 'character', '--target-unit', 'symbol'];

describe('a small run', () => {
  test('learns made-up sounds, says them, and is scored', async () => {
    const pairs = ['--pairs', path.join(folder, 'pairs.tsv'), ...units];
    const trained = await translation('train', '--run', run, ...pairs, ...sizes, '--steps', '200');
    expect(trained.json).toMatchObject({ steps: 200 });
    expect(trained.json.wordErrorRate).toBeLessThan(0.3);
    const before = tf.memory().numTensors;
    const said = await translation('say', 'baxd', 'Koxm', '--run', run, '--json');
    expect(said.json.texts[0].translations[0].target).toBe('B A: D');
    expect(said.json.texts[1].translations).toHaveLength(3);
    expect(await readFile(path.join(run, 'alignment.svg'), 'utf8')).toContain('</svg>');
    const one = ['--beam', '1', '--best', '1', '--json'];
    const long = await translation('say', 'ba'.repeat(5000), '--run', run, ...one);
    expect(long.text).toContain('only the first 1000 tokens are read of 1 texts');
    const file = path.join(folder, 'translations.jsonl');
    const scored = await translation('score', '--run', run, '--translations', file, '--json');
    const lines = (await readFile(file, 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(60);
    expect(Object.keys(JSON.parse(lines[0]!))).toEqual(['source', 'targets', 'greedy', 'beam', 'nearest']);
    expect(Object.keys(scored.json)).toEqual(['wordErrorRate', 'phonemeErrorRate', 'bleu', 'chrf', 'steps']);
    expect(scored.text).toMatch(
      /BLEU nrefs:1\|case:mixed\|eff:no\|tok:13a.*\nchrF nrefs:1\|case:mixed\|eff:yes/,
    );
    expect(scored.json.wordErrorRate).toBeLessThan(0.3);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('goes on where it was stopped, to the same bytes', async () => {
    const [whole, halves] = ['whole', 'halves'].map((name) => path.join(folder, name)) as [string, string];
    await writeFile(path.join(folder, 'few-pairs.tsv'), madeUpPairs(100));
    const pairs = ['--pairs', path.join(folder, 'few-pairs.tsv'), ...units, ...sizes.slice(2)];
    const small = [...pairs, '--units', '8', '--steps', '40'];
    await translation('train', '--run', whole, ...small);
    interruption.after = 30;
    const stopped = await translation('train', '--run', halves, ...small);
    interruption.after = undefined;
    expect(stopped.json.steps).toBeLessThan(40);
    const resumed = await translation('train', '--run', halves, '--resume', '--steps', '40', '--json');
    expect(resumed.json.steps).toBe(40);
    for (const file of ['best.safetensors', 'last.safetensors'])
      expect(await readFile(path.join(halves, file))).toEqual(await readFile(path.join(whole, file)));
  });

  test.each([
    [['say', 'a', '--run', 'nowhere'], '--run: expected a trained network in nowhere, got none'],
    [['train', '--resume', '--seed', '2'], '--seed: expected only a limit together with --resume'],
    [
      ['train', '--run', '{run}'],
      'which contains best.safetensors: choose another directory, or continue the run with --resume',
    ],
    [['train', '--pairs', '{empty}', '--run', '{new}'], '--pairs: expected two texts at'],
    [
      ['train', '--pairs', '{few}', '--run', '{new}'],
      '--pairs: expected pairs with at least 20 different sources, got 2',
    ],
    [['train', '--pairs', '{tmx}', '--run', '{new}'], 'set two: --languages en,de'],
    [['train', '--pairs', '{tmx}', '--languages', 'en', '--run', '{new}'], 'set two: --languages en,de'],
    [
      ['train', '--pairs', '{pairs}', '--batch-tokens', '3', '--run', '{new}'],
      '--batch-tokens: expected at least one pair, got 480 pairs, all longer than 1 ids: increase it',
    ],
    [['train', '--pairs', '{new}', '--run', '{new}'], '--pairs: expected'],
    [
      ['train', '--languages', 'de', '--run', '{new}'],
      '--languages: expected --languages only with --data numbers',
    ],
  ])('%s: one line, and nothing written', async (args, message) => {
    const files = {
      empty: ['empty.tsv', 'a\t\n'],
      few: ['few.tsv', 'a\tb\nc\td\n'],
      tmx: ['memory.tmx', '<tmx/>'],
    };
    for (const [name, content] of Object.values(files)) await writeFile(path.join(folder, name!), content!);
    const places = {
      run,
      new: path.join(folder, 'new'),
      pairs: path.join(folder, 'pairs.tsv'),
      ...Object.fromEntries(Object.entries(files).map(([key, [name]]) => [key, path.join(folder, name!)])),
    };
    const given = args.map((one) =>
      one.replace(/\{(\w+)\}/, (_, key: string) => (places as Record<string, string>)[key]!),
    );
    const error = await translation(...given).catch((caught) => caught);
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('\n');
    expect(existsSync(path.join(folder, 'new'))).toBe(false);
  });
});

test('the nearest source is the one that shares most trigrams', () => {
  const examples = ['through', 'thorough', 'cat'].map((source) => ({
    source,
    targets: [source.toUpperCase()],
  }));
  expect(nearestTargets(examples, ['throughout', 'scat', 'zzz'])).toEqual(['THROUGH', 'CAT', 'THROUGH']);
});

test('a picture escapes what tokens hold, and shows spaces', () => {
  const svg = alignmentPicture([
    { source: ['<', ' '], target: ['&'], shares: [Float32Array.of(0.04, 0.96)] },
  ]);
  expect(svg).toContain('>&lt;</text>');
  expect(svg).toContain('>␣</text>');
  expect(svg).toContain('>96</text>');
  expect(svg).not.toContain('>4</text>');
});
