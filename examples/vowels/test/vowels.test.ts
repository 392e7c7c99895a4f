import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Utterance } from '@unrolled/example-data';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { madeUp } from '../src/made-up';
import { program } from '../src/program';

/** A file of made-up utterances in the form of the UEA archive. */
function fileOf(utterances: readonly Utterance[]): string {
  const lines = utterances.map(({ speaker, coefficients }) => {
    const rows = Array.from({ length: 12 }, (_, row) =>
      coefficients.filter((_, place) => place % 12 === row).join(','),
    );
    return `${rows.join(':')}:${speaker + 1}`;
  });
  return `@problemName Made-up\n@data\n${lines.join('\n')}\n`;
}

let folder: string;
async function vowels(...args: string[]) {
  const written: string[] = [];
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => written.push(String(text)) > 0),
  );
  try {
    const whole = program().exitOverride();
    for (const command of whole.commands) command.exitOverride().configureOutput({ outputError: () => {} });
    await whole.parseAsync(['node', 'vowels', ...args]);
  } catch (error) {
    throw Object.assign(error as Error, { written: written.join('') });
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return { text: written.join(''), json: JSON.parse(written.at(-1)!) };
}

let files: string[];
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vowels-'));
  files = ['train.ts', 'test.ts'].map((name) => path.join(folder, name));
  await writeFile(files[0]!, fileOf(madeUp(54, 0)));
  await writeFile(files[1]!, fileOf(madeUp(27, 1)));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a small run', () => {
  test('tells made-up speakers apart, with two seeds', async () => {
    const run = path.join(folder, 'run');
    const small = ['--networks', '2', '--units', '6', '--epochs', '8'];
    const before = tf.memory().numTensors;
    const trained = await vowels('train', '--run', run, '--files', ...files, ...small, '--json');
    expect(trained.json.steps).toBe(64);
    const scored = await vowels('score', '--run', run, '--files', ...files, '--json');
    expect(scored.json.accuracy).toBeGreaterThan(0.7);
    expect(scored.text).toContain('of 2 seeds');
    expect(tf.memory().numTensors).toBe(before);
    await expect(vowels('train', '--run', run, '--files', ...files)).rejects.toThrow(
      'a directory without networks',
    );
  });

  test('without a network says what it can learn instead, and learns that', async () => {
    const run = path.join(folder, 'made-up');
    vi.stubEnv('XDG_CACHE_HOME', folder);
    vi.stubEnv('PATH', '');
    const failed = await vowels('train', '--run', run).catch((error) => error);
    vi.unstubAllEnvs();
    expect(failed.message).toMatch(/fetch: expected python3 with pip to download .*connect to the network/);
    expect(failed.written).toContain('without a network, use --made-up');
    expect(existsSync(run)).toBe(false);
    const small = ['--networks', '1', '--units', '6', '--steps', '40', '--json'];
    await vowels('train', '--made-up', '--run', run, ...small);
    const scored = await vowels('score', '--made-up', '--run', run, '--json');
    expect(scored.json.accuracy).toBeGreaterThan(0.7);
  });

  test.each([
    ['no data', 'a\n', 'expected @data in'],
    ['an unknown speaker', '@data\n1,2:10\n', 'expected a speaker from 1 to 9 on line 2 of'],
    ['too few coefficients', '@data\n1,2:1,2:3\n', 'expected 12 coefficients'],
    ['rows of different lengths', `@data\n${'1,2:'.repeat(11)}1:3\n`, 'expected 12 coefficients'],
    ['what is no number', `@data\n${'1,x:'.repeat(12)}3\n`, 'expected 12 coefficients'],
  ])('refuses %s in one line, and writes nothing', async (_, content, message) => {
    const bad = path.join(folder, 'bad.ts');
    await writeFile(bad, content);
    const run = path.join(folder, 'new');
    const error = await vowels('train', '--run', run, '--files', bad, files[1]!).catch((caught) => caught);
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('\n');
    expect(existsSync(run)).toBe(false);
  });

  test('refuses a run without networks, and one file alone', async () => {
    await expect(vowels('score', '--run', path.join(folder, 'none'))).rejects.toThrow('vowels train');
    await expect(vowels('score', '--files', files[0]!, '--run', folder)).rejects.toThrow('--');
  });
});
