import { describe, expect, it } from 'vitest';
import { colourAt, DARK, inkOn, LIGHT } from '../src/pictures/colours';
import { heatMap } from '../src/pictures/heat-map';
import { inShort, lineChart } from '../src/pictures/line-chart';
import { toSvg } from '../src/pictures/picture';
import { otherPlaces, unitsThatFire } from '../src/search-units';
import { Losses } from '../src/state/losses';
import { en } from '../src/words/en';
import { ko } from '../src/words/ko';
import { Aside } from '../src/worker/aside';
import { Gate } from '../src/worker/gate';
import { pooled } from '../src/worker/pooled';

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
    losses.rewind(-1);
    expect([losses.last, losses.points(9)]).toEqual([undefined, []]);
  });

  it('become means where there is no more room, also after a step back', () => {
    const losses = new Losses(8);
    const add = (from: number, to: number) => {
      for (let step = from; step <= to; step++) losses.add([step], [step]);
    };
    add(1, 21);
    expect(losses.csv()).toBe('step,loss\n4,2.5\n8,6.5\n12,10.5\n16,14.5\n20,18.5\n');
    expect(losses.last).toBe(21);
    losses.rewind(9);
    add(10, 12);
    expect(losses.csv()).toBe('step,loss\n4,2.5\n8,6.5\n12,10.875\n');
    losses.rewind(-1);
    add(1, 2);
    expect(losses.csv()).toBe('step,loss\n1,1\n2,2\n');
  });

  it('forget steps that are not yet a mean', () => {
    const losses = new Losses(4);
    losses.add([1, 2, 3, 4, 5], [1, 2, 3, 4, 100]);
    losses.rewind(4);
    losses.add([5, 6], [5, 6]);
    expect(losses.csv()).toBe('step,loss\n2,1.5\n4,3.5\n6,5.5\n');
    losses.add([7], [50]);
    losses.rewind(-1);
    losses.add([1], [2]);
    expect(losses.csv()).toBe('step,loss\n1,2\n');
  });
});

describe('the gate', () => {
  const quick = () => new Gate(async () => {});

  it('lets a number of steps through, and then none until it is opened', async () => {
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

  it('keeps the steps waiting while it is held', async () => {
    const gate = quick();
    gate.open(2);
    gate.hold(true);
    let passed = 0;
    const run = (async () => {
      for (; passed < 2; passed++) await gate.pass(() => false);
    })();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect([passed, gate.isOpen, gate.letsThrough]).toEqual([0, true, false]);
    gate.hold(false);
    await run;
    expect(passed).toBe(2);
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

describe('work beside the training', () => {
  it('takes a tenth of the time at most, and none of it waits once the run rests', async () => {
    let [time, isTraining] = [0, true];
    const aside = new Aside(
      () => isTraining,
      () => time,
    );
    const done: number[] = [];
    const ask = (name: number) =>
      void aside.ask(() => {
        time += 10;
        done.push(name);
      });
    for (const name of [1, 2, 3, 4]) ask(name);
    expect(done).toEqual([1]);
    time = 99;
    aside.go();
    expect([done, aside.isFree]).toEqual([[1], false]);
    time = 100;
    aside.go();
    expect(done).toEqual([1, 2]);
    isTraining = false;
    aside.go();
    expect(done).toEqual([1, 2, 3, 4]);
    await expect(aside.ask(() => Promise.reject(new Error('no model')))).rejects.toThrow('no model');
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

  it('have a rectangle for each cell in SVG, with the gaps and the colours of its scale', () => {
    const values = Float32Array.of(0, 1, 0.5, 1);
    const blocks = [{ title: '', values, rows: 2, isGate: true }];
    const map = heatMap(
      { blocks, symbols: ['a', 'b'], columnWidth: 12, rowHeight: 4, marked: undefined },
      LIGHT,
    );
    const svg = toSvg(map, '');
    expect(svg).toContain(`<path fill="${LIGHT.sequential[0]}" d="M4 20h11v4h-11z"/>`);
    expect(svg).toContain(`<path fill="${LIGHT.sequential.at(-1)}" d="M4 24h11v4h-11zM16 24h11v4h-11z"/>`);
  });

  it('of a large matrix show the means of neighbours', () => {
    const values = Float32Array.from({ length: 400 * 301 }, (_, at) => at % 2);
    const { rows, columns, values: means } = pooled({ rows: 400, columns: 301, values });
    expect([rows, columns, means.length]).toEqual([200, 151, 200 * 151]);
    expect([means[0], means[1]]).toEqual([0.5, 0.5]);
    const small = { rows: 1, columns: 2, values };
    expect(pooled(small)).toBe(small);
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

  it('abbreviate numbers', () => {
    expect([0, 1.2345, 0.00012, 99.98, 12345, 2.5e6].map(inShort)).toEqual([
      '0',
      '1.23',
      '1e-4',
      '100',
      '12.3k',
      '2.5M',
    ]);
  });
});

it('both languages have the same texts', () => {
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
