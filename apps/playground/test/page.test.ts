import { describe, expect, it } from 'vitest';
import { colourAt, DARK, inkOn, LIGHT } from '../src/pictures/colours';
import { heatMap } from '../src/pictures/heat-map';
import { inShort, lineChart } from '../src/pictures/line-chart';
import { toSvg } from '../src/pictures/picture';
import { otherPlaces, unitsThatFire } from '../src/search-units';
import { Losses } from '../src/state/losses';
import { en } from '../src/words/en';
import { ko } from '../src/words/ko';
import { Gate } from '../src/worker/gate';

describe('losses', () => {
  it('are kept whole, and drawn as means', () => {
    const losses = new Losses();
    for (let start = 1; start <= 3_000; start += 500)
      losses.add(
        Array.from({ length: 500 }, (_, n) => start + n),
        Array.from({ length: 500 }, (_, n) => start + n),
      );
    expect(losses.points(300)).toHaveLength(300);
    expect(losses.points(300)[0]).toEqual({ step: 10, loss: 5.5 });
    losses.rewind(2);
    expect(losses.csv()).toBe('step,loss\n1,1\n2,2\n');
    losses.add([3], [0.1 + 0.2]);
    expect(losses.csv()).toContain('3,0.30000000000000004\n');
  });
});

describe('the gate', () => {
  const quick = () => new Gate(async () => {});

  it('lets so many steps through, and then none until it is opened', async () => {
    const gate = quick();
    const passed: number[] = [];
    const run = (async () => {
      for (let step = 1; step <= 5; step++) {
        await gate.pass(() => false);
        passed.push(step);
      }
    })();
    const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
    await settled();
    expect(passed).toEqual([]);
    gate.open(2);
    await settled();
    expect(passed).toEqual([1, 2]);
    gate.open();
    await run;
    expect(passed).toEqual([1, 2, 3, 4, 5]);
  });

  it('ends a wait for a run that is over', async () => {
    const gate = quick();
    let isOver = false;
    const waiting = gate.pass(() => isOver);
    isOver = true;
    gate.wake();
    await waiting;
    expect(gate.isOpen).toBe(false);
  });
});

describe('the search for units', () => {
  // Three units over six steps: the first is high at steps 1 and 4, the second always, the third never.
  const values = [-1, 1, 0, 1, 1, 0, -1, 1, 0, -1, 1, 0, 1, 1, 0, -1, 1, 0];

  it('finds those that are higher within the range than elsewhere, and where else they are', () => {
    const found = unitsThatFire(values, 3, [1, 1]);
    expect(found[0]).toEqual({ unit: 0, inside: 1, outside: -0.6 });
    expect(otherPlaces(values, 3, found.slice(0, 1), [1, 1])).toEqual([[4, 4]]);
    expect(otherPlaces(values, 3, [], [1, 1])).toEqual([]);
  });
});

describe('pictures', () => {
  it('never take a text for markup', () => {
    const symbols = ['<', '&', '"', '\u0000', '\ud800', 'a'];
    const blocks = [{ title: '<script>', values: new Float32Array(6), rows: 1, isGate: false }];
    const map = heatMap({ blocks, symbols, columnWidth: 12, rowHeight: 4, marked: 0 }, LIGHT);
    const svg = toSvg(map, '</title><script>');
    expect(svg).not.toContain('<script');
    expect(svg).toContain('&lt;script&gt;');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no place for it
    expect(svg).not.toMatch(/\u0000|[\ud800-\udfff]/);
  });

  it('draw losses of any size, and none', () => {
    const chart = (points: [number, number][], isLog: boolean) =>
      toSvg(
        lineChart(
          {
            width: 300,
            height: 200,
            xLabel: '',
            yLabel: '',
            isLog,
            series: [{ name: '', colour: '#000000', points }],
          },
          DARK,
        ),
        '',
      );
    for (const isLog of [false, true])
      for (const points of [
        [],
        [[1, 0]],
        [[1, 1]],
        [
          [1, 1e-9],
          [2, 1e9],
        ],
        [
          [1, Number.NaN],
          [2, 3],
        ],
      ] as [number, number][][])
        expect(chart(points, isLog)).not.toMatch(/NaN|Infinity/);
  });

  it('have colours between those of a scale, and ink that is read on them', () => {
    expect(colourAt(['#000000', '#ffffff'], 0.5)).toBe('#808080');
    expect(colourAt(['#000000', '#ffffff'], 7)).toBe('#ffffff');
    expect([inkOn('#ffffff'), inkOn('#101010')]).toEqual(['#000000', '#ffffff']);
  });

  it('say numbers in short', () => {
    expect([0, 1.2345, 0.00012, 12345, 2.5e6].map(inShort)).toEqual(['0', '1.23', '1e-4', '12.3k', '2.5M']);
  });
});

it('both languages say the same things', () => {
  const keys = (table: object): string[] =>
    Object.entries(table).flatMap(([key, value]) =>
      typeof value === 'object' ? keys(value).map((inner) => `${key}.${inner}`) : [`${key}:${typeof value}`],
    );
  expect(keys(ko)).toEqual(keys(en));
  const untranslated = keys(ko).filter((key) => {
    const of = (table: object) =>
      key
        .split(':')[0]!
        .split('.')
        .reduce((at: unknown, part) => (at as Record<string, unknown>)[part], table);
    return typeof of(ko) === 'string' && of(ko) === of(en);
  });
  expect(untranslated).toEqual([
    'texts.hihello:string',
    'cells.rnn:string',
    'cells.lstm:string',
    'cells.gru:string',
    'onnx:string',
    'simd.plain:string',
    'simd.relaxed:string',
  ]);
});
