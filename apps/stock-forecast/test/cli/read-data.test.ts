import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dateOf, lines, walk } from '../support/prices';
import { lastObject, run, scratch } from '../support/run';

const rows = walk(60);
const QUICK = ['--window', '3', '--steps', '1', '--units', '1', '--no-report', '--folds', '2'];
let place: Awaited<ReturnType<typeof scratch>>;
beforeAll(async () => {
  place = await scratch();
});
afterAll(() => place.remove());

let count = 0;
const backtest = async (content: string | Uint8Array, ...options: string[]) => {
  count += 1;
  const file = await place.file('prices.csv', content);
  return run('backtest', file, ...QUICK, '--json', '--output', `${place.directory}/${count}`, ...options);
};
/** Open, Close of each row under other names, or written in another way. */
const table = (names: readonly string[], write = (value: number) => String(value)) =>
  lines([names, ...rows.map(([open, , , close], at) => [dateOf(at), write(open!), write(close!)])]);

describe('an option of the command line that the refusal names helps', () => {
  const comma = (value: number) => `"${value.toFixed(3).replace('.', ',')}"`;
  const long = lines([
    ['date', 'Close', 'Name'],
    ...rows.flatMap(([open], at) => [
      [dateOf(at), open!, 'AAA'],
      [dateOf(at), 2 * open!, 'BBB'],
    ]),
  ]);
  const below = lines([
    ['date', 'Close', 'Name'],
    ...rows.map(([open], at) => [dateOf(at), open!, at < 30 ? 'AAA' : 'BBB']),
  ]);
  const faults: [string, string | Uint8Array, string[], RegExp][] = [
    [
      'a decimal comma or thousands',
      table(['Date', 'Open', 'Close'], comma),
      [],
      /set (--decimal-separator ,) if/,
    ],
    [
      'an empty cell',
      table(['Date', 'Open', 'Close']).replace(/,[\d.]+\n$/, ',\n'),
      [],
      /\((--missing drop-rows)\)/,
    ],
    [
      'a date twice',
      table(['Date', 'Open', 'Close']).replace(dateOf(6), dateOf(5)),
      [],
      /\((--duplicates keep-first) or keep-last\)/,
    ],
    ['one ticker below the other', below, [], /\((--series AAA)\)/],
    ['no header', table([dateOf(-1), '1', '2']), [], /as in (--columns date,c2,c3),/],
  ];
  test.each(faults)('%s', async (_, content, options, advice) => {
    const refused = await backtest(content, ...options);
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    const found = advice.exec(refused.stderr);
    expect(found, refused.stderr).not.toBeNull();
    // A name is the user's to give.
    const option = found![1]!.replace('date,c2,c3', 'Date,Open,Close');
    const helped = await backtest(content, ...options, ...option.split(' '));
    expect(helped.stderr).not.toContain('[unrolled/');
    expect(helped.code).toBe(0);
  });

  test('several series in one file are a series each, by the names in their column', async () => {
    const outcome = await backtest(long);
    expect(
      lastObject(outcome).files.map(({ name, rows }: { name: string; rows: number }) => [name, rows]),
    ).toEqual([
      ['AAA', 60],
      ['BBB', 60],
    ]);
    const one = lastObject(await backtest(long, '--series', 'BBB'));
    expect(one.files.map(({ name }: { name: string }) => name)).toEqual(['BBB']);
  });

  test('another encoding is read by its name, one that is none is refused', async () => {
    // 'Zárás', in Latin-1.
    const content = Buffer.from(table(['D', 'N', 'Zárás']), 'latin1');
    const read = await backtest(content, '--target', 'Zárás', '--encoding', 'latin-1');
    expect(lastObject(read).target).toBe('Zárás');
    expect((await backtest(content, '--encoding', 'klingon')).stderr).toMatch(
      /expected --encoding to be the name of an encoding, got "klingon"/,
    );
  });

  test('a column that is not there names the options that choose others', async () => {
    expect((await backtest(table(['Date', 'Open', 'y']))).stderr).toMatch(
      /expected a column "Close", got the columns Date, Open, y.*name another column \(--target, --features\)/,
    );
  });
});

describe('the same numbers give the same results under any column name', () => {
  test.each(['VWAP', '시가', 'GOOG.Open', 'x'])('%s', async (name) => {
    const plain = lastObject(await backtest(table(['Date', 'Open', 'Close']), '--features', 'Open,Close'));
    const other = lastObject(await backtest(table(['Date', name, 'Close']), '--features', `${name},Close`));
    expect(other.metrics).toEqual(plain.metrics);
    expect(other.settings.priceColumns.toSorted()).toEqual([name, 'Close'].toSorted());
  });
});
