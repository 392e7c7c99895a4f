import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plainCsv, walk } from '../support/prices';
import { lastObject, run, scratch } from '../support/run';

const QUICK = ['--steps', '1', '--units', '2', '--folds', '2'];
let place: Awaited<ReturnType<typeof scratch>>;
let file: string;
beforeAll(async () => {
  place = await scratch();
  file = await place.file('prices.csv', plainCsv(walk(80)));
});
afterAll(() => place.remove());

test('puts every combination in one table, by error, beside the baselines', async () => {
  const output = path.join(place.directory, 'compared');
  const outcome = await run(
    ...['compare', file, ...QUICK, '--output', output, '--json', '--cells', 'gru,rnn', '--windows', '3,5'],
    ...['--features', 'Close', '--features', 'Close,Volume', '--target-transforms', 'price,difference'],
  );
  expect(outcome.code).toBe(0);
  const { candidates, baselines, note } = lastObject(outcome);
  expect(candidates).toHaveLength(16);
  const errors = candidates.map(({ metrics }: { metrics: { rmse: number } }) => metrics.rmse);
  expect(errors).toEqual([...errors].sort((a, b) => a - b));
  const kinds = candidates.map(
    ({ cell, window, features, targetTransform }: Record<string, { transform: string } & string[]>) =>
      [cell, window, features!.join('+'), targetTransform!.transform].join(' '),
  );
  expect(new Set(kinds).size).toBe(16);
  expect(kinds).toContain('rnn 5 Close+Volume price');
  expect(new Set(candidates.map(({ forecasts }: { forecasts: number }) => forecasts)).size).toBe(1);
  expect(baselines.naive.rmse).toBeGreaterThan(0);
  expect(note).toMatch(/selected by its error on these rows.*corrected for 16 tests/);
  expect(outcome.stderr).toContain('Close, Volume');
  expect((await readdir(output)).sort()).toEqual([
    ...['comparison.csv', 'comparison.png', 'comparison.svg', 'report.html', 'result.json'],
  ]);
  const csv = (await readFile(path.join(output, 'comparison.csv'), 'utf8')).trimEnd().split('\n');
  expect(csv).toHaveLength(1 + 16 + 5);
});

test('compares the cells by default', async () => {
  const output = path.join(place.directory, 'cells');
  const outcome = await run('compare', file, ...QUICK, '--no-report', '--output', output, '--json');
  const { candidates } = lastObject(outcome);
  expect(candidates.map(({ cell }: { cell: string }) => cell).sort()).toEqual(['gru', 'lstm', 'rnn']);
});
