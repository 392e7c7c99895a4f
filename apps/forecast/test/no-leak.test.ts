import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { random } from '@unrolled/cells';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run, scratch } from './support/run';

const [HORIZON, FOLDS, LENGTH] = [3, 2, 34];
const KNOWN = LENGTH - FOLDS * HORIZON;

let place: Awaited<ReturnType<typeof scratch>>;
beforeAll(async () => {
  place = await scratch();
});
afterAll(() => place.remove());

/**
 * Three series without dates, counts of a season of four, and one that is long enough for the newest fold
 * alone. Of two values of `later`, only rows after those of the oldest fold differ, all of the last series,
 * and its static columns: the values are no counts any more, and show another season.
 */
function series(seed: number, later: number): string {
  const rows = ['name,value,price,area,region'];
  for (const name of ['a', 'b', 'c', 'late']) {
    const isLate = name === 'late';
    const length = isLate ? FOLDS * HORIZON + 2 : LENGTH;
    const before = random(seed * 10 + name.charCodeAt(0));
    const after = random(seed * 1000 + later);
    const fixed = isLate ? `${later},region ${later}` : `1,${name === 'a' ? 'town' : 'land'}`;
    for (let row = 0; row < length; row++) {
      const known = Math.round(20 + 9 * Math.sin((row * Math.PI) / 2) + 2 * before.normal());
      const other = later === 0 ? known + 1 : -10 * (row % 7) + after.normal();
      const price = [before.uniform(), after.uniform()];
      const value = isLate || row >= KNOWN ? other : known;
      rows.push([name, value, price[isLate || row >= KNOWN + HORIZON ? 1 : 0], fixed].join());
    }
  }
  return `${rows.join('\n')}\n`;
}

/** What the oldest fold forecast, without what came. */
async function oldest(file: string, options: readonly string[]): Promise<string[]> {
  const output = path.join(place.directory, `${path.basename(file, '.csv')} ${options.length}`);
  const task = [
    '--horizon',
    `${HORIZON}`,
    '--folds',
    `${FOLDS}`,
    '--levels',
    '0.5',
    '--units',
    '2',
    '--baselines',
    'drift',
  ];
  const of = ['--series', 'name', '--target', 'value', '--no-report', '--output', output];
  const outcome = await run('backtest', file, ...task, ...of, ...options);
  expect(outcome).toMatchObject({ code: 0 });
  expect(outcome.stdout).toContain('season 4 (most series show it before the test)');
  const rows = (await readFile(path.join(output, 'forecasts.csv'), 'utf8')).trim().split('\n');
  return rows
    .map((row) => row.split(','))
    .filter(([name, row]) => name !== 'late' && Number(row) <= KNOWN + HORIZON)
    .map((cells) => cells.toSpliced(3, 1).join());
}

test.each([
  ['hybrid', ['--epochs', '1']],
  ['global', ['--steps', '2', '--known', 'price', '--static', 'area,region']],
])('%s: no later row, and no series that joins later, changes an earlier fold', async (name, options) => {
  const files = [0, 1].map((later) => place.file(`${name}-${later}.csv`, series(name.length, later)));
  const [one, other] = await Promise.all(files);
  const forecasts = await oldest(one!, options);
  expect(forecasts).toHaveLength(3 * HORIZON);
  expect(await oldest(other!, options)).toEqual(forecasts);
});
