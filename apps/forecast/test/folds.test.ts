import { deserialize, serialize } from 'node:v8';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ModelOptions } from '../src/commands/options';
import { methodByName } from '../src/method/by-name';
import { type FoldPlan, forecastFold } from '../src/method/fold';
import type { MethodForecast, MethodName } from '../src/method/method';
import { methodOf, readTask } from '../src/task';
import { backtestTask, planFolds } from '../src/walk';
import { run, scratch } from './support/run';

let place: Awaited<ReturnType<typeof scratch>>;
beforeAll(async () => {
  place = await scratch();
});
afterAll(() => place.remove());

/** Two series with a column beside them, and one that is too short for the oldest fold. */
function sales(): string {
  const rows = ['name,value,price'];
  for (const [name, length] of Object.entries({ a: 26, b: 26, late: 11 }))
    for (let row = 0; row < length; row++)
      rows.push([name, 20 + (row % 4) * 3 + ((row * 7) % 5), row % 3].join());
  return `${rows.join('\n')}\n`;
}

const MODEL = { horizon: 3, folds: 3, levels: [0.5], seed: 1, units: 2, epochs: 1, steps: 2 };

test.each<[MethodName, Partial<ModelOptions>]>([
  ['hybrid', {}],
  ['global', { known: ['price'] }],
])('%s: folds that were fitted elsewhere, in any order, have the bits of one walk', async (method, more) => {
  const file = await place.file(`${method}.csv`, sales());
  const columns = { series: 'name', target: 'value', ...more } as const;
  const asked: ModelOptions = { ...MODEL, ...columns, method, backend: 'cpu' };
  const task = await readTask([file], asked, new AbortController().signal);
  const walk = { folds: 3, fewest: 4, baselines: ['drift'] };
  const here = await backtestTask(task, await methodOf(task), walk);
  const plan = (await planFolds(task, await methodOf(task), walk))!;
  const collected: MethodForecast[][] = [];
  for (const fold of [...plan.tasks.keys()].reverse()) {
    const copy: FoldPlan = deserialize(serialize(plan));
    const own = methodByName(copy.method, copy.settings);
    collected[fold] = deserialize(serialize(await forecastFold(own, copy, copy.tasks[fold]!)));
  }
  expect(collected.map(({ length }) => length)).toEqual([2, 3, 3]);
  const there = await backtestTask(task, await methodOf(task), { ...walk, collected });
  expect(there).toEqual(here);
  const some = await backtestTask(task, await methodOf(task), { ...walk, collected: collected.slice(0, 2) });
  expect(some!.folds).toEqual(here!.folds.slice(0, 2));
});

test('--workers without a database is refused', async () => {
  const file = await place.file('sales.csv', sales());
  const task = ['--series', 'name', '--target', 'value', '--horizon', '3', '--output', place.directory];
  const refused = await run('backtest', file, ...task, '--workers', '2');
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toMatch(/--workers: expected --database with a directory, got no --database/);
});
