import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lastObject, run, scratch } from './support/run';

const DAY = 86_400_000;
const day = (at: number) => new Date(Date.UTC(2023, 0, 1) + at * DAY).toISOString().slice(0, 10);
const month = (at: number) => new Date(Date.UTC(2015, at + 1, 0)).toISOString().slice(0, 10);
const csv = (header: string, rows: readonly (readonly (string | number)[])[]) =>
  `${header}\n${rows.map((row) => row.join(',')).join('\n')}\n`;
/** A saw tooth of a week with a little of everything, by shop. */
const sold = (shop: number, at: number) => 20 * (shop + 1) + (at % 7) * 3 + ((at * (shop + 3) * 7) % 5);
const SHOPS = [0, 1, 2];
const sales = (change: (shop: number, at: number) => (string | number)[] | undefined = () => undefined) =>
  csv(
    'shop,day,sold,promotion,region',
    SHOPS.flatMap((shop) =>
      Array.from({ length: 62 }, (_, at) => {
        const row = [
          `s${shop}`,
          day(at),
          at < 60 ? sold(shop, at) : '',
          at % 2,
          shop === 0 ? 'town' : 'land',
        ];
        return change(shop, at) ?? row;
      }),
    ),
  );
const QUICK = [
  '--epochs',
  '1',
  '--folds',
  '1',
  '--no-report',
  '--horizon',
  '2',
  '--units',
  '2',
  '--levels',
  '0.5',
];
const TARGET = ['--target', 'sold', '--series', 'shop'];

let place: Awaited<ReturnType<typeof scratch>>;
beforeAll(async () => {
  place = await scratch();
});
afterAll(() => place.remove());
const out = (name: string) => path.join(place.directory, name);

test('trains, saves and forecasts what comes next, from a long file', async () => {
  const file = await place.file('sales.csv', sales());
  const trained = await run('train', file, ...TARGET, ...QUICK, '--json', '--output', out('model'));
  expect(trained.stderr).toMatch(/3 series of 60 steps, daily, 2023-01-01 to 2023-03-01.*season 7/);
  expect(trained.stderr).toMatch(/method: .*the default where nothing is given beside the series/);
  const result = lastObject(trained);
  expect(Object.keys(result.scores).sort()).toEqual([
    'drift',
    'exponentialSmoothing',
    'linearAutoregression',
    'model',
    'seasonalNaive',
    'theta',
    'withoutNetwork',
  ]);
  expect(result.next[1].steps.map(({ date }: { date: string }) => date)).toEqual([
    '2023-03-02',
    '2023-03-03',
  ]);
  const again = await run('forecast', file, '--series', 'shop', '--model', out('model'), '--json');
  expect(lastObject(again).next).toEqual(result.next);
  const files = ['metrics.csv', 'series.csv', 'forecasts.csv', 'next.csv', 'model.json'];
  expect(files.filter((name) => !existsSync(path.join(out('model'), name)))).toEqual([]);
  const forecasts = (await readFile(path.join(out('model'), 'forecasts.csv'), 'utf8')).split('\n');
  expect(forecasts[1]).toMatch(/^s0,2023-02-28,1,/);
  const onnx = await run('export', '--model', out('model'), '--format', 'onnx', '--output', out('x.onnx'));
  expect(onnx.code).toBe(1);
  expect(onnx.stderr).toMatch(/onnx of the hybrid/);
});

test('one series a column, and one a file; rows and values that are missing stay so', async () => {
  const rows = Array.from({ length: 50 }, (_, at) => [day(at), at === 9 ? '' : sold(0, at), sold(1, at)]);
  const wide = await place.file(
    'wide.csv',
    csv(
      'day,north,south',
      rows.filter((_, at) => at !== 20),
    ),
  );
  const one = await run('backtest', wide, '--wide', ...QUICK, '--json', '--output', out('wide'));
  expect(one.stderr).toMatch(/2 series of 50 steps, daily/);
  expect(one.stderr).toMatch(/3 of 100 daily steps are without a value \(2 without a row\)/);
  expect(
    lastObject(one)
      .bySeries.map(({ name }: { name: string }) => name)
      .sort(),
  ).toEqual(['north', 'south']);
  const each = await Promise.all(
    [1, 2].map((column) =>
      place.file(
        `shop-${column}.csv`,
        csv(
          'day,value',
          rows.map((row) => [row[0]!, row[column]!]),
        ),
      ),
    ),
  );
  const two = await run('backtest', ...each, ...QUICK, '--json', '--output', out('files'));
  expect(
    lastObject(two)
      .bySeries.map(({ name }: { name: string }) => name)
      .sort(),
  ).toEqual(['shop-1', 'shop-2']);
});

test('a straight line is left to drift, and a constant to itself', async () => {
  const line = await place.file(
    'line.csv',
    csv(
      'date,value',
      Array.from({ length: 40 }, (_, at) => [month(at), 5 + 3 * at]),
    ),
  );
  const { stdout } = await run('backtest', line, ...QUICK, '--output', out('line'));
  expect(stdout).toMatch(/leaves to a rule that they follow closely: 1 by drift/);
  const flat = await place.file(
    'flat.csv',
    csv(
      'date,value',
      Array.from({ length: 40 }, (_, at) => [month(at), 5]),
    ),
  );
  const constant = await run('train', flat, ...QUICK, '--json', '--output', out('flat'));
  expect(lastObject(constant).next[0].steps.map(({ forecast }: { forecast: number }) => forecast)).toEqual([
    5, 5,
  ]);
  const again = await run('forecast', flat, '--model', out('flat'), '--json');
  expect(lastObject(again).next).toEqual(lastObject(constant).next);
});

test('known columns choose the global model, which reads their rows to come', async () => {
  const file = await place.file('known.csv', sales());
  const options = ['--known', 'promotion', '--static', 'region', '--steps', '2', '--baselines', 'drift'];
  const global = QUICK.filter((_, at) => at > 1);
  const trained = await run(
    'train',
    file,
    ...TARGET,
    ...global,
    ...options,
    '--json',
    '--output',
    out('global'),
  );
  expect(trained.stderr).toMatch(/method: .*\(global\): it reads promotion, region/);
  const again = await run('forecast', file, '--series', 'shop', '--model', out('global'), '--json');
  expect(lastObject(again).next).toEqual(lastObject(trained).next);
  const strange = await place.file('strange.csv', sales().replaceAll('town', 'moon'));
  const refused = await run('forecast', strange, '--series', 'shop', '--model', out('global'));
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/'moon'.*'s0'/);
});

test('the page needs nothing else, and draws the best, the middle and the worst', async () => {
  const file = await place.file('page.csv', sales());
  await run(
    'backtest',
    file,
    ...TARGET,
    ...QUICK.filter((word) => word !== '--no-report'),
    '--output',
    out('page'),
  );
  const page = await readFile(path.join(out('page'), 'report.html'), 'utf8');
  expect(page).not.toMatch(/<script|src="http|href="http/);
  expect(page).toMatch(/The best: s\d/);
  expect(page).toMatch(/In the middle: s\d/);
  expect(page).toMatch(/The worst: s\d/);
});

describe('a fault is one line that names file, series and row, and nothing is written', () => {
  const faults: [string, string, string[], RegExp][] = [
    ['no target', sales().replaceAll(',sold', ',other'), [], /"sold".*the columns shop, day, other/],
    [
      'known columns that end',
      sales((shop, at) => (shop === 1 && at === 61 ? ['s1', day(at), '', '', 'land'] : undefined)),
      ['--known', 'promotion'],
      /'promotion' for 2 steps after line 123 of series 's1'.*none for 2023-03-03, step 2.*--future/,
    ],
    [
      'a short series',
      `${sales()}s3,${day(3)},4,0,land\n`,
      [],
      /at least 5 steps.*got 1 in series 's3'.*line 188.*--short leave-out/,
    ],
    [
      'a date twice',
      `${sales()}s0,${day(3)},4,0,land\n`,
      [],
      /2023-01-04 on lines 5 and 188 of series "s0".*--duplicates/,
    ],
    ['no date', sales().replace(day(5), 'today'), [], /column "day" on line 7, got "today"/],
    ['no number', sales().replace(`${day(5)},`, `${day(5)},x`), [], /column "sold" on line 7, got "x/],
    [
      'another frequency',
      `${sales()}${Array.from({ length: 9 }, (_, at) => `m,${month(at)},1,0,land`).join('\n')}\n`,
      [],
      /daily dates in all series, got monthly ones in series 'm'.*line 188.*--only/,
    ],
    [
      'two regions',
      sales((shop, at) => (shop === 2 && at === 4 ? ['s2', day(at), 1, 0, 'sea'] : undefined)),
      ['--static', 'region'],
      /one value of 'region' in all rows of series 's2'.*line 130 'sea'/,
    ],
    [
      'an unknown frequency',
      sales(),
      ['--frequency', 'often'],
      /--frequency: expected such as 15min.*'often'/,
    ],
    ['an unknown series', sales(), ['--only', 's9'], /'s9': there are s0, s1, s2/],
    ['columns for the hybrid', sales(), ['--known', 'promotion', '--method', 'hybrid'], /leave --method out/],
    ['holidays for the hybrid', sales(), ['--holidays', 'none.txt'], /none.txt, which cannot be read/],
  ];
  test.each(faults)('%s', async (name, content, options, message) => {
    const file = await place.file('fault.csv', content);
    const directory = out(`fault ${name}`);
    const outcome = await run('train', file, ...TARGET, ...QUICK, ...options, '--output', directory);
    expect(outcome.code).toBe(1);
    expect(outcome.stdout).toBe('');
    expect(outcome.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(outcome.stderr).toMatch(message);
    expect(existsSync(directory)).toBe(false);
  });
});
