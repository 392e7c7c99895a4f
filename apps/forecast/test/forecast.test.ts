import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lastObject, type Outcome, run, scratch } from './support/run';

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
      Array.from({ length: 42 }, (_, at) => {
        const row = [
          `s${shop}`,
          day(at),
          at < 40 ? sold(shop, at) : '',
          at % 2,
          shop === 0 ? 'town' : 'land',
        ];
        return change(shop, at) ?? row;
      }),
    ),
  );
const HORIZON = ['--horizon', '2', '--levels', '0.5'];
const QUICK = [...HORIZON, '--folds', '1', '--baselines', 'drift', '--no-report', '--units', '2'];
const HYBRID = ['--epochs', '1'];
const GLOBAL = ['--steps', '2', '--known', 'promotion', '--static', 'region'];
const TARGET = ['--target', 'sold', '--series', 'shop'];

let place: Awaited<ReturnType<typeof scratch>>;
let trained: Outcome;
beforeAll(async () => {
  place = await scratch();
  const file = await place.file('sales.csv', sales());
  const options = [...HORIZON, ...HYBRID, '--units', '2', '--folds', '1'];
  trained = await run('train', file, ...TARGET, ...options, '--json', '--output', out('model'));
});
afterAll(() => place.remove());
const out = (name: string) => path.join(place.directory, name);
const namesOf = (outcome: Outcome): string[] =>
  lastObject(outcome)
    .bySeries.map(({ name }: { name: string }) => name)
    .sort();

test('says how a file was read: its order, an open point, dropped rows, skipped lines', async () => {
  const notes = async (name: string, text: string, ...options: string[]) => {
    const outcome = await run(
      'backtest',
      await place.file(name, text),
      ...QUICK,
      ...HYBRID,
      ...options,
      '--json',
      '--output',
      out(`notes on ${name}`),
    );
    expect(outcome).toMatchObject({ code: 0 });
    const { notes } = lastObject(outcome) as { notes: string[] };
    return notes.map((note) => note.replace(place.directory + path.sep, ''));
  };
  const values = Array.from({ length: 40 }, (_, at) => (1 + (at % 7) / 8 + at / 1000).toFixed(3));
  expect(await notes('undated.csv', `x\n${values.join('\n')}`)).toEqual([
    'undated.csv: the file has no dates: its rows are assumed to be oldest first (set --order newest-first if they are not)',
  ]);
  const dated = values.map((value, at) => `${day(at)};${value}\n`);
  const repeated = ['day;x\n', ...dated, dated[39]!.replace(';', ';9'), 'Total;60.5\n'].join('');
  expect(await notes('dated.csv', repeated, '--duplicates', 'keep-first')).toEqual([
    'dated.csv: numbers like "1.000" on line 2, in column "x", are read with a decimal point; set --decimal-separator , if it separates thousands',
    'dated.csv: 2023-02-09 on lines 41 and 42, in column "day": the row on line 42 was dropped',
    'dated.csv: line 43 is no row and was skipped: "Total | 60.5"',
  ]);
});

test('trains, saves and forecasts the next steps, from a long file', async () => {
  expect(trained.stderr).toMatch(/3 series of 40 steps, daily, 2023-01-01 to 2023-02-09.*season 7/);
  expect(trained.stderr).toMatch(/method: .*the default for series without other columns/);
  const result = lastObject(trained);
  expect(Object.keys(result.scores).sort()).toEqual([
    ...['drift', 'exponentialSmoothing', 'linearAutoregression', 'model', 'seasonalNaive', 'theta'],
    'withoutNetwork',
  ]);
  const dates = result.next[1].steps.map(({ date }: { date: string }) => date);
  expect(dates).toEqual(['2023-02-10', '2023-02-11']);
  const again = await run('forecast', out('sales.csv'), '--model', out('model'), '--json');
  expect(lastObject(again).next).toEqual(result.next);
  const files = ['metrics.csv', 'series.csv', 'forecasts.csv', 'next.csv', 'model.json', 'report.html'];
  expect(files.filter((name) => !existsSync(path.join(out('model'), name)))).toEqual([]);
  const forecasts = (await readFile(path.join(out('model'), 'forecasts.csv'), 'utf8')).split('\n');
  expect(forecasts[1]).toMatch(/^s0,2023-02-08,1,/);
});

test('the page needs nothing else, and draws the best, the median and the worst', async () => {
  const page = await readFile(path.join(out('model'), 'report.html'), 'utf8');
  expect(page).not.toMatch(/<script|src="http|href="http/);
  for (const which of [/The best: s\d/, /The median: s\d/, /The worst: s\d/]) expect(page).toMatch(which);
});

test('exports the weights, and refuses ONNX by name', async () => {
  const file = out('weights.safetensors');
  await run('export', '--model', out('model'), '--format', 'safetensors', '--output', file);
  expect(await readFile(file)).toEqual(await readFile(path.join(out('model'), 'model.safetensors')));
  const onnx = await run('export', '--model', out('model'), '--format', 'onnx', '--output', out('x.onnx'));
  expect([onnx.code, existsSync(out('x.onnx'))]).toEqual([1, false]);
  expect(onnx.stderr).toMatch(/onnx of the hybrid/);
});

test('numbers that name series are not values, and keep their spelling', async () => {
  const content = sales().replaceAll('s0,', '007,').replaceAll('s1,', '7,').replaceAll('s2,', '1e3,');
  const file = await place.file(
    'numbers.csv',
    content.replaceAll(/,\d,(town|land)$|,promotion,region$/gm, ''),
  );
  const outcome = await run('backtest', file, ...QUICK, ...HYBRID, '--json', '--output', out('numbers'));
  expect(namesOf(outcome)).toEqual(['007', '1e3', '7']);
  expect(lastObject(outcome).target).toBe('sold');
});

test('reads a series from each column, with missing rows and values, and reduces the number of folds', async () => {
  const rows = Array.from({ length: 40 }, (_, at) => [day(at), at === 9 ? '' : sold(0, at), sold(1, at)]);
  const content = csv(
    'day,north,south',
    rows.filter((_, at) => at !== 20),
  );
  const wide = await place.file('wide.csv', content);
  const options = [...HYBRID, '--horizon', '12', '--folds', '9', '--json', '--output', out('wide')];
  const outcome = await run('backtest', wide, '--wide', ...QUICK, ...options);
  expect(outcome.stderr).toMatch(/2 series of 40 steps, daily/);
  expect(outcome.stderr).toMatch(/3 of 80 daily steps have no value \(2 have no row\)/);
  expect(outcome.stderr).toMatch(/long enough for only 1 fold of 12 steps, not for 9/);
  expect(namesOf(outcome)).toEqual(['north', 'south']);
});

test('compares both methods on the same steps, with one series in each file', async () => {
  const files = await Promise.all(
    [0, 1].map((shop) => {
      const rows = Array.from({ length: 40 }, (_, at) => [day(at), sold(shop, at), at % 2]);
      return place.file(`shop-${shop}.csv`, csv('day,value,promotion', rows));
    }),
  );
  const options = ['--known', 'promotion', '--steps', '2', ...HYBRID, '--folds', '3', '--json'];
  const page = QUICK.filter((word) => word !== '--no-report');
  const outcome = await run('compare', ...files, ...page, ...options, '--output', out('compared'));
  const { candidates, test: tested, written } = lastObject(outcome);
  expect(candidates.map(({ method }: { method: string }) => method)).toEqual(['hybrid', 'global']);
  expect(candidates[0].forecasts).toBe(12);
  expect(candidates[0].scores.drift).toEqual(candidates[1].scores.drift);
  expect([tested.n, Object.keys(candidates[1].dieboldMariano)]).toEqual([6, ['drift']]);
  expect(written.map((name: string) => path.basename(name))).toEqual([
    ...['comparison.csv', 'result.json', 'report.html'],
  ]);
  const html = await readFile(path.join(out('compared'), 'report.html'), 'utf8');
  for (const words of [
    /Tested by 3 folds/,
    /Orange: the two methods/,
    /Intervals: global/,
    /&quot;method&quot;: &quot;global&quot;/,
  ])
    expect(html).toMatch(words);
  // A part of the bars would have the same length.
  expect(html).toMatch(/<div class="fits"><svg[^>]* width="560"/);
  expect((await readFile(path.join(out('compared'), 'comparison.csv'), 'utf8')).split('\n')[2]).toMatch(
    /^global,[\d.]+,[\d.]+,[\d.]+,,$/,
  );
});

test('drift forecasts a straight line, and a constant series stays constant', async () => {
  const monthly = (name: string, value: (at: number) => number) =>
    place.file(
      name,
      csv(
        'date,value',
        Array.from({ length: 40 }, (_, at) => [month(at), value(at)]),
      ),
    );
  const line = await monthly('line.csv', (at) => 5 + 3 * at);
  const { stdout } = await run('backtest', line, ...QUICK, ...HYBRID, '--output', out('line'));
  expect(stdout).toMatch(/follow a simple rule closely and are forecast by it: 1 by drift/);
  const flat = await monthly('flat.csv', () => 5);
  const constant = await run('train', flat, ...QUICK, '--json', '--output', out('flat'));
  const next = lastObject(constant).next[0].steps.map(({ forecast }: { forecast: number }) => forecast);
  expect(next).toEqual([5, 5]);
  const again = await run('forecast', flat, '--model', out('flat'), '--json');
  expect(lastObject(again).next).toEqual(lastObject(constant).next);
});

test('a short file, or one with gaps, has the days of the week that the model was trained on', async () => {
  const file = (name: string, days: readonly number[]) =>
    place.file(
      name,
      csv(
        'day,x',
        days.map((at) => [day(at), 10 + (at % 5)]),
      ),
    );
  const businessDays = Array.from({ length: 70 }, (_, at) => at).filter((at) => at % 7 !== 0 && at % 7 !== 6);
  const model = out('business days');
  const all = await file('business.csv', businessDays);
  const options = [...QUICK, ...HYBRID, '--output', model];
  expect((await run('train', all, ...options)).stdout).toContain('business-daily');
  const next = async (name: string, days: readonly number[]) => {
    const outcome = await run('forecast', await file(name, days), '--model', model, '--json');
    expect(outcome).toMatchObject({ code: 0 });
    return lastObject(outcome).next[0].steps.map(({ date }: { date: string }) => date);
  };
  // Tuesday to Thursday, and single days of several weeks.
  expect(await next('three days.csv', [2, 3, 4])).toEqual([day(5), day(8)]);
  expect(await next('gaps.csv', [1, 2, 8, 12, 16, 22, 25, 33])).toEqual([day(36), day(37)]);
  const irregular = await run(
    'forecast',
    await file('irregular.csv', [0, 1, 5, 23, 24, 70, 71, 200]),
    '--model',
    model,
  );
  expect([irregular.code, irregular.stderr]).toEqual([1, expect.not.stringContaining('--frequency')]);
  const weekend = await run('forecast', await file('weekend.csv', [4, 5, 6, 7, 8, 9]), '--model', model);
  expect(weekend.stderr).toMatch(/expected business-daily series.*got daily ones/);
});

test('known columns choose the global model, which reads their future rows', async () => {
  const file = out('sales.csv');
  const global = await run(
    ...['train', file, ...TARGET, ...QUICK, ...GLOBAL, '--json', '--output', out('global')],
  );
  expect(global.stderr).toMatch(/method: .*\(global\): it reads promotion, region/);
  const rows = sales().trimEnd().split('\n');
  const isAhead = (row: string) => row.includes(',,');
  const known = await place.file('known.csv', rows.filter((row) => !isAhead(row)).join('\n'));
  const ahead = await place.file('ahead.csv', [rows[0], ...rows.filter(isAhead)].join('\n'));
  const again = await run('forecast', known, '--future', ahead, '--model', out('global'), '--json');
  expect(lastObject(again).next).toEqual(lastObject(global).next);
  const shared = await place.file(
    'shared.csv',
    `day,promotion\n${[40, 41].map((at) => `${day(at)},${at % 2}`).join('\n')}`,
  );
  const ofAll = await run('forecast', known, '--future', shared, '--model', out('global'), '--json');
  expect(lastObject(ofAll).next).toEqual(lastObject(global).next);
  const changing = await place.file(
    'changing.csv',
    sales((shop, at) => (at === 9 ? [`s${shop}`, day(at), 5, 1, 'sea'] : undefined)),
  );
  expect((await run('forecast', changing, '--model', out('global'))).stderr).toMatch(
    /files: expected one value of 'region'.*correct the cell, or leave the series out \(--only\)$/m,
  );
  const needless = await run('forecast', known, '--future', ahead, '--model', out('model'));
  expect(needless.stderr).toMatch(/--future: .*leave --future out: the model reads no such columns$/m);
  const ended = await run('forecast', known, '--model', out('global'));
  expect(ended.stderr).toMatch(/'promotion' for 2 steps after line 41 of series 's0'.*\(--future FILE\)$/m);
  const without = await place.file('without.csv', sales().replaceAll('promotion', 'other'));
  const unread = await run('forecast', without, '--model', out('global'));
  expect(unread.stderr).toMatch(/"promotion".*without.csv: add the column, which the model reads/);
  const single = await place.file(
    'single.csv',
    `${rows.slice(0, 2).join('\n')}\n${rows.slice(42, 84).join('\n')}`,
  );
  const few = await run('forecast', single, '--model', out('model'));
  expect(few.stderr).toMatch(/at least 2 values .* 's0' of .*single.csv, got 1, on line 2: /);
  const strange = await place.file('strange.csv', sales().replaceAll('town', 'moon'));
  const refused = await run('forecast', strange, '--series', 'shop', '--model', out('global'));
  expect([refused.code, refused.stdout]).toEqual([1, '']);
  expect(refused.stderr).toMatch(
    /one of land, town in column 'region'.*'moon' on line 2 in series 's0' of .*strange.csv/,
  );
});

describe('a fault is one line that names file, series and row, and nothing is written', () => {
  const faults: [string, string, string[], RegExp][] = [
    ['no target', sales().replaceAll(',sold', ',other'), [], /"sold".*the columns shop, day, other/],
    [
      'known columns that end',
      sales((shop, at) => (shop === 1 && at === 41 ? ['s1', day(at), '', '', 'land'] : undefined)),
      ['--known', 'promotion'],
      /'promotion' for 2 steps after line 83 of series 's1'.*none for 2023-02-11, step 2.*--future/,
    ],
    [
      'a short series',
      `${sales()}s3,${day(3)},4,0,land\n`,
      [],
      /at least 5 steps.*got 1 in series 's3'.*line 128.*--short leave-out/,
    ],
    [
      'a date twice',
      `${sales()}s0,${day(3)},4,0,land\n`,
      [],
      /2023-01-04 on lines 5 and 128 of series "s0".*--duplicates/,
    ],
    ['no date', sales().replace(day(5), 'today'), [], /column "day" on line 7, got "today"/],
    ['no number', sales().replace(`${day(5)},`, `${day(5)},x`), [], /column "sold" on line 7, got "x/],
    [
      'another frequency',
      `${sales()}${Array.from({ length: 9 }, (_, at) => `m,${month(at)},1,0,land`).join('\n')}\n`,
      [],
      /daily dates in all series, got monthly ones in series 'm'.*line 128.*--only/,
    ],
    [
      'two regions',
      sales((shop, at) => (shop === 2 && at === 4 ? ['s2', day(at), 1, 0, 'sea'] : undefined)),
      ['--static', 'region'],
      /one value of 'region' in all rows of series 's2'.*line 90 'sea'/,
    ],
    [
      'an unknown frequency',
      sales(),
      ['--frequency', 'often'],
      /--frequency: expected a frequency such as 15min.*'often'/,
    ],
    [
      'a number without a square',
      sales().replace(`${day(5)},`, `${day(5)},1e200,0,town\ns0,2022-12-31,`),
      [],
      /1e\+150 in column 'sold', got 1e\+200 on line 7 in series 's0' of .*fault.csv/,
    ],
    [
      'no counts',
      sales((shop, at) => (shop === 1 && at === 4 ? ['s1', day(at), 2.5, 0, 'land'] : undefined)),
      ['--method', 'global', '--distribution', 'poisson'],
      /--distribution: .*for poisson, got 2.5 on line 48 in series 's1' of .*fault.csv/,
    ],
    ['the target beside itself', sales(), ['--known', 'sold'], /--known: .*got 'sold', which is --target/],
    [
      'no such column beside it',
      sales(),
      ['--past', 'seen'],
      /--past: expected a column "seen", got the columns/,
    ],
    [
      'a category known ahead',
      sales((shop, at) => [
        `s${shop}`,
        day(at),
        at < 40 ? sold(shop, at) : '',
        at % 2 ? 'yes' : 'no',
        'land',
      ]),
      ['--known', 'promotion'],
      /--known: expected a number in column "promotion" on line 2, got "no" .* 0 and 1 for each category/,
    ],
    ['an unknown series', sales(), ['--only', 's9'], /'s9': choose from s0, s1, s2/],
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
