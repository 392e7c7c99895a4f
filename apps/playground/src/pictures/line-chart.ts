import { ticks } from 'd3-array';
import type { Palette } from './colours';
import type { Picture, Shape } from './picture';

export interface Series {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly dashed?: boolean;
  readonly width?: number;
  /** Whether to mark each point instead of connecting them by a line. */
  readonly dots?: boolean;
}

export interface Band {
  readonly colour: string;
  readonly points: readonly (readonly [x: number, low: number, high: number])[];
}

export interface LineChart {
  readonly width: number;
  readonly height: number;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
  readonly bands?: readonly Band[];
  /** Uses a logarithmic y axis; values that are not above 0 are left out. */
  readonly isLog?: boolean;
  /** Whether the y axis includes 0. */
  readonly fromZero?: boolean;
  /** The highlighted position on the x axis. */
  readonly marked?: number | undefined;
  readonly xTick?: (value: number) => string;
}

const MARGIN = { left: 52, right: 14, top: 26, bottom: 34 };

/** 0.001234 → 0.0012, 1200 → 1.2k. */
export function inShort(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(3))}k`;
  if (size > 0 && size < 0.001) return value.toExponential(0);
  return String(Number(value.toPrecision(3)));
}

/** Draws lines over a grid, with a legend above. */
export function lineChart(chart: LineChart, palette: Palette): Picture {
  const { width, height, isLog = false, series, bands = [], marked } = chart;
  const isShown = (y: number) => Number.isFinite(y) && (!isLog || y > 0);
  const values = [
    ...series.flatMap(({ points }) => points.map(([, y]) => y)),
    ...bands.flatMap(({ points }) => points.flatMap(([, low, high]) => [low, high])),
  ].filter(isShown);
  const xs = series.flatMap(({ points }) => points.map(([x]) => x));
  const [x0, x1] = rangeOf(xs.length > 0 ? xs : [0, 1]);
  const scaled = (y: number) => (isLog ? Math.log10(y) : y);
  const ys = (values.length > 0 ? values : [isLog ? 0.1 : 0, 1]).map(scaled);
  const [y0, y1] = rangeOf(chart.fromZero ? [0, ...ys] : ys);
  const right = width - MARGIN.right;
  const bottom = height - MARGIN.bottom;
  const atX = (x: number) => MARGIN.left + ((x - x0) / (x1 - x0)) * (right - MARGIN.left);
  const atY = (y: number) => bottom - ((scaled(y) - y0) / (y1 - y0)) * (bottom - MARGIN.top);
  const shapes: Shape[] = [];
  const text = (x: number, y: number, content: string, align: 'start' | 'middle' | 'end'): Shape => ({
    ...{ kind: 'text', x, y, text: content, align, fill: palette.quiet, size: 11 },
  });
  const yTicks = isLog ? logTicks(y0, y1) : ticks(y0, y1, Math.max(2, Math.floor(height / 45)));
  for (const tick of yTicks) {
    const y = atY(tick);
    shapes.push({
      kind: 'line',
      points: [
        [MARGIN.left, y],
        [right, y],
      ],
      stroke: palette.grid,
    });
    shapes.push(text(MARGIN.left - 7, y, inShort(tick), 'end'));
  }
  for (const tick of ticks(x0, x1, Math.max(2, Math.floor(width / 90))).filter(
    (x) => chart.xTick || Number.isInteger(x),
  ))
    shapes.push(text(atX(tick), bottom + 12, chart.xTick?.(tick) ?? inShort(tick), 'middle'));
  shapes.push(text(right, height - 8, chart.xLabel, 'end'));
  shapes.push(text(MARGIN.left, 10, chart.yLabel, 'start'));
  for (const { colour, points } of bands) {
    const upper = points.map(([x, , high]) => [atX(x), atY(high)] as const);
    const lower = points.map(([x, low]) => [atX(x), atY(low)] as const).reverse();
    shapes.push({ kind: 'area', points: [...upper, ...lower], fill: colour });
  }
  if (marked !== undefined && marked >= x0 && marked <= x1)
    shapes.push({
      kind: 'line',
      points: [
        [atX(marked), MARGIN.top],
        [atX(marked), bottom],
      ],
      stroke: palette.ink,
      width: 1.5,
    });
  for (const { points, colour, dashed, dots, width: stroke = 2 } of series) {
    const places = points.filter(([, y]) => isShown(y)).map(([x, y]) => [atX(x), atY(y)] as const);
    if (dots)
      shapes.push(...places.map(([x, y]): Shape => ({ kind: 'dot', x, y, radius: 2.5, fill: colour })));
    else
      shapes.push({ kind: 'line', points: places, stroke: colour, width: stroke, ...(dashed && { dashed }) });
  }
  return { width, height, background: palette.background, shapes };
}

function rangeOf(values: readonly number[]): [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return most > least ? [least, most] : [least - 0.5, most + 0.5];
}

/** Powers of ten; if there are few, also twice and five times each. */
function logTicks(from: number, to: number): number[] {
  const powers: number[] = [];
  const each = to - from > 6 ? Math.ceil((to - from) / 6) : 1;
  for (let power = Math.ceil(from); power <= to; power += each) powers.push(10 ** power);
  if (powers.length > 1) return powers;
  return ticks(10 ** from, 10 ** to, 3);
}
