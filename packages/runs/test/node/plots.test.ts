import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseHTML } from 'linkedom';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writePlot } from '../../src/node';
import { svgToPng } from '../../src/node/png';
import { barPlot, type LinePlot, linePlot } from '../../src/plots';
import { layOutLegend } from '../../src/plots/legend';

const spec: LinePlot = {
  title: 'Close, true & predicted',
  xLabel: 'Day',
  yLabel: 'Price <USD>',
  series: [
    { name: 'true', values: [1, 2, 4, 3] },
    { name: 'predicted', values: Float32Array.of(1.5, Number.NaN, 3, 3.5), dashed: true },
  ],
};

const texts = (svg: string) =>
  [...parseHTML(svg).document.querySelectorAll('text')].map(
    (element) => (element as unknown as { textContent: string }).textContent,
  );

describe('linePlot', () => {
  test('names the title, the axes and each series', () => {
    const svg = linePlot(spec);
    expect(texts(svg)).toEqual(
      expect.arrayContaining(['Close, true & predicted', 'Day', 'Price <USD>', 'true', 'predicted']),
    );
    expect(svg).toContain('&amp; predicted');
    expect(svg).toMatch(
      /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/,
    );
  });

  test('needs nothing from outside: no style sheet, script, link or web font', () => {
    expect(linePlot(spec)).not.toMatch(/<style|<script|href=|url\(|@import/);
  });

  test('is the same for the same numbers', () => {
    expect(linePlot(spec)).toBe(linePlot(spec));
  });

  test('has a logarithmic axis, with powers of ten and gaps where nothing is above 0', () => {
    const series = [{ name: 'norm', values: [1, 1e-2, 0, 1e-6, 1e-8] }];
    const svg = linePlot({ ...spec, yScale: 'log', series });
    expect(texts(svg)).toEqual(expect.arrayContaining(['1', '0.01', '1e-4', '1e-6', '1e-8']));
    expect(svg).not.toContain('NaN');
    const [, path] = /aria-label="line"[\s\S]*? d="([^"]*)"/.exec(svg)!;
    const [first, second, fourth, fifth] = [...path!.matchAll(/,(-?[\d.]+)/g)].map(([, y]) => Number(y));
    expect(path!.match(/M/g)).toHaveLength(2);
    expect(second! - first!).toBeCloseTo(fifth! - fourth!, 2);
    expect(() => linePlot({ ...spec, yScale: 'log', series: [{ name: 'a', values: [0] }] })).toThrow(
      "a finite value in the series 'a', got none",
    );
  });

  test('takes dates as x, and characters that XML forbids', () => {
    const svg = linePlot({
      ...spec,
      series: [{ name: 'a\u0000b\ud800', values: [1, 2], x: [new Date(0), new Date(86_400_000)] }],
    });
    expect(texts(svg)).toContain('a b ');
    expect(svg).not.toContain('NaN');
  });

  test.each<[string, LinePlot['series']]>([
    ['at least one series, got none', []],
    ["a finite value in the series 'a', got none", [{ name: 'a', values: [Number.NaN] }]],
    ["as many x as values in the series 'a', got 1 and 2", [{ name: 'a', values: [1, 2], x: [1] }]],
  ])('expected %s', (message, series) => {
    expect(() => linePlot({ ...spec, series })).toThrow(`[unrolled/runs] linePlot: expected ${message}`);
  });
});

test('the legend wraps before the edge and cuts a name that no row holds', () => {
  const names = ['short', 'a name of some length', 'another of some length', '価格', 'x'.repeat(300)];
  const { rows, places } = layOutLegend(names, { left: 50, width: 400 });
  expect(rows).toBe(3);
  for (const { x } of places) expect(x).toBeLessThan(450);
  expect(places.at(-1)!.label).toMatch(/^x+…$/);
});

describe('a plot in a page', () => {
  test("takes the page's colours and has no background of its own", () => {
    const svg = linePlot(spec, { theme: 'page' });
    expect(svg).toMatch(/^<svg /);
    expect(svg).toContain('stroke="var(--plot-1, #0072b2)"');
    expect(svg).toContain('var(--plot-ink, #222222)');
    expect(svg).not.toContain('fill="#ffffff"');
  });
});

test('a band is a pale area under the lines, with a name in the legend and the colour of its series', () => {
  const svg = linePlot({ ...spec, bands: [{ name: '90 % interval', lower: [0, 1], upper: [2, 3], of: 1 }] });
  expect(texts(svg)).toContain('90 % interval');
  const { document } = parseHTML(svg);
  expect(document.querySelector('[aria-label="area"]')!.getAttribute('fill')).toBe('#d55e00');
  expect(svg.indexOf('aria-label="area"')).toBeLessThan(svg.indexOf('aria-label="line"'));
});

test('a series may keep its place in the palette', () => {
  const [first] = spec.series;
  expect(linePlot({ ...spec, series: [{ ...first!, colour: 2 }] })).toContain('stroke="#009e73"');
});

describe('barPlot', () => {
  const bars = [
    { name: 'model & co', value: 1.5, label: '1.50', highlighted: true },
    { name: 'naive', value: 0, label: '0.00' },
  ];

  test('names each bar and its value, in the order given', () => {
    const svg = barPlot({ title: 'Errors', xLabel: 'RMSE', bars });
    expect(texts(svg)).toEqual(
      expect.arrayContaining(['Errors', 'RMSE', 'model & co', 'naive', '1.50', '0.00']),
    );
    expect(svg).toContain('fill="#d55e00"');
    expect(svg).not.toMatch(/NaN|<style|href=/);
  });

  test('refuses what it cannot draw', () => {
    const refuses = (wrong: typeof bars) => () => barPlot({ title: '', xLabel: '', bars: wrong });
    expect(refuses([])).toThrow(
      '[unrolled/runs] barPlot: expected bars of finite values of at least 0, got none',
    );
    expect(refuses([{ ...bars[1]!, value: Number.NaN }])).toThrow("got NaN for 'naive'");
  });
});

describe('svgToPng', () => {
  /** How many bytes of the PNG the text takes: with no font at all it is not drawn. */
  test('draws text on a machine without fonts', async () => {
    const svg = linePlot(spec);
    const without = svg.replace(/<text.*?<\/text>/gs, '');
    const [whole, bare] = await Promise.all([
      svgToPng(svg, { systemFonts: false }),
      svgToPng(without, { systemFonts: false }),
    ]);
    expect(Buffer.from(whole!.subarray(1, 4)).toString()).toBe('PNG');
    expect(whole!.length).toBeGreaterThan(bare!.length * 1.3);
  });
});

describe('writePlot', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'unrolled-plots-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  test('writes the SVG and the PNG and nothing else', async () => {
    const { files, advice } = await writePlot(path.join(directory, 'close'), spec);
    expect(files.map((file) => path.basename(file))).toEqual(['close.svg', 'close.png']);
    expect(advice).toBeUndefined();
    expect((await readdir(directory)).sort()).toEqual(['close.png', 'close.svg']);
    expect(await readFile(files[0]!, 'utf8')).toBe(linePlot(spec));
  });

  test('without the native add-on leaves the SVG and one line of advice', async () => {
    const load = () => Promise.reject(new Error('Cannot find native binding'));
    const { files, advice } = await writePlot(path.join(directory, 'close'), spec, { load });
    expect(files.map((file) => path.basename(file))).toEqual(['close.svg']);
    expect(advice).toMatch(/^only the SVG was written[^\n]*$/);
    expect(await readdir(directory)).toEqual(['close.svg']);
  });
});
