import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plainCsv, undatedCsv, walk } from '../support/prices';
import { lastObject, run, scratch } from '../support/run';

const QUICK = ['--lab', '--steps', '3', '--units', '2', '--window', '3'];
const newestFirst = walk(40).toReversed();

let place: Awaited<ReturnType<typeof scratch>>;
beforeAll(async () => {
  place = await scratch();
});
afterAll(() => place.remove());

test('reads rows newest first, reports the leak, and measures in scaled units and in prices', async () => {
  const file = await place.file('lab.csv', undatedCsv(newestFirst));
  const output = path.join(place.directory, 'plots');
  const outcome = await run('train', file, ...QUICK, '--output', output, '--json');
  const result = lastObject(outcome);
  expect(result).toMatchObject({
    ...{ rows: 40, steps: 3, target: 'Close', order: 'newest-first', assumption: null, backend: 'cpu' },
    ...{ features: ['Open', 'High', 'Low', 'Close', 'Volume'], trainWindows: 25, testWindows: 12 },
  });
  expect(result.lastLoss).toBeLessThan(result.firstLoss);
  expect(result.rmsePrice / result.rmseScaled).toBeCloseTo(result.naiveRmsePrice / result.naiveRmseScaled, 4);
  expect(outcome.stderr.match(/leak: .*scaler was also fitted to the test rows/g)).toHaveLength(1);
  expect(outcome.stderr).toContain("note: differs from the lab's example in --window, --units, --steps");
  expect(outcome.stderr).toContain('naive (tomorrow = today)');
  expect(result.plots.map((file: string) => path.basename(file))).toEqual([
    ...['test.svg', 'test.png', 'close-up.svg', 'close-up.png'],
  ]);
  expect(await readFile(result.plots[0], 'utf8')).toContain('Close, forecast one row ahead');
});

test.each([
  [['--horizon', '2'], /--lab: expected only options that apply to the lab's example, got --horizon/],
  [['--scaler', 'robust'], /--lab: .* got --scaler/],
  [['--target-transform', 'price'], /--lab: .* got --target-transform/],
])('refuses what would be another model: %j', async (options, message) => {
  const file = await place.file('lab.csv', plainCsv(walk(40)));
  const { code, stderr } = await run('train', file, '--lab', ...options);
  expect(stderr).toMatch(message);
  expect(code).toBe(1);
});
