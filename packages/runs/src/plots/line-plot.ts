import { areaY, gridX, gridY, line, ruleY } from '@observablehq/plot';
import type { OptionKinds } from '@unrolled/errors';
import { checkOptions, refuse } from '../refuse';
import {
  axisLabel,
  BAND_OPACITY,
  checkPixels,
  colourOf,
  drawPlot,
  type LegendEntry,
  MARGIN,
  PLOT_KINDS,
  type PlotOptions,
  tickFormatter,
} from './plot-frame';

export interface LineSeries {
  /** The name in the legend. */
  name: string;
  /** One value for each point. A value that is not finite leaves a gap. */
  values: ArrayLike<number>;
  /** The positions of the points, numbers or dates, as many as values. Default 1, 2, 3, … */
  x?: ArrayLike<number | Date>;
  dashed?: boolean;
  /**
   * Index in the palette, from 0, to use one colour for a series in several plots; default the index of the
   * series.
   */
  colour?: number;
}

/** A pale band between two lines, drawn below the series. */
export interface Band {
  /** The name in the legend. */
  name: string;
  lower: ArrayLike<number>;
  upper: ArrayLike<number>;
  /** The positions, as in a series. */
  x?: ArrayLike<number | Date>;
  /** Index, from 0, of the series whose colour the band has. */
  of: number;
}

export interface LinePlot {
  title: string;
  xLabel: string;
  yLabel: string;
  series: readonly LineSeries[];
  bands?: readonly Band[];
  /** `log` has a logarithmic y axis; values that are not above 0 leave a gap. Default `linear`. */
  yScale?: 'linear' | 'log';
  /** Width in pixels; default 960. */
  width?: number;
  /** Height in pixels; default 480. */
  height?: number;
}

const BAND_KINDS: OptionKinds<Band> = {
  name: 'string',
  lower: 'array or typed array',
  upper: 'array or typed array',
  x: 'array or typed array?',
  of: 'integer of at least 0',
};

const SERIES_KINDS: OptionKinds<LineSeries> = {
  name: 'string',
  values: 'array or typed array',
  x: 'array or typed array?',
  dashed: 'boolean?',
  colour: 'integer of at least 0?',
};

const KINDS: OptionKinds<LinePlot> = {
  title: 'string',
  xLabel: 'string',
  yLabel: 'string',
  series: 'array',
  bands: 'array?',
  yScale: "'linear' or 'log'?",
  width: 'number?',
  height: 'number?',
};

/**
 * Draws named lines with one pair of axes.
 *
 * @returns a self-contained SVG document: title, axis labels, legend, white background, no script, no web
 * font
 * @throws UnrolledError if there is no series, a series has no finite value, or x and values differ in length
 */
export function linePlot(spec: LinePlot, options: PlotOptions = {}): string {
  checkOptions('linePlot', spec, KINDS);
  checkOptions('linePlot', options, PLOT_KINDS);
  for (const band of spec.bands ?? []) checkOptions('linePlot', band, BAND_KINDS);
  const { bands = [], yScale = 'linear', width = 960, height = 480 } = spec;
  checkPixels('linePlot', { width, height });
  const series = yScale === 'log' ? spec.series.map(aboveZero) : spec.series;
  checkSeries(series);
  const colour = (index: number) => colourOf(series[index]?.colour ?? index, options.theme);
  const legend: LegendEntry[] = [
    ...series.map(({ name, dashed }, index) => ({ name, dashed, colour: colour(index) })),
    ...bands.map(({ name, of }) => ({ name, colour: colour(of), band: true })),
  ];
  return drawPlot({ title: spec.title, width, legend }, options, ({ ink, top }) => ({
    height: Math.max(height, top + MARGIN.bottom + 120),
    x: axisLabel(spec.xLabel, 44),
    y: {
      ...axisLabel(spec.yLabel, 66),
      nice: true,
      ...(yScale === 'log'
        ? { type: 'log' as const, ticks: 8, tickFormat: powersOfTen }
        : { tickFormat: tickFormatter(series) }),
    },
    marks: [
      gridX({ stroke: ink, strokeOpacity: 0.08 }),
      gridY({ stroke: ink, strokeOpacity: 0.12 }),
      ruleY([], { stroke: ink }),
      ...bands.map(({ lower, upper, x, of }) =>
        areaY(
          Array.from(lower, (low, at) => ({ x: x ? x[at] : at + 1, low, high: upper[at] })),
          { x: 'x', y1: 'low', y2: 'high', fill: colour(of), fillOpacity: BAND_OPACITY },
        ),
      ),
      ...series.map(({ values, x, dashed }, index) =>
        line(
          Array.from(values, (y, at) => ({ x: x ? x[at] : at + 1, y })),
          {
            ...{ x: 'x', y: 'y', stroke: colour(index), strokeWidth: 1.75 },
            strokeDasharray: dashed ? '6 4' : undefined,
          },
        ),
      ),
    ],
  }));
}

/** Values that are not above 0 have no logarithm. */
function aboveZero(series: LineSeries): LineSeries {
  return { ...series, values: Array.from(series.values, (value) => (value > 0 ? value : Number.NaN)) };
}

/**
 * Tick labels 0.001, 0.01, 0.1, 1, 10, 100, 1000; beyond these 1e-4 and 1e4. Only powers of ten have a label.
 */
function powersOfTen(value: number): string {
  const exponent = Math.round(Math.log10(value));
  if (Math.abs(Math.log10(value) - exponent) > 1e-9) return '';
  return Math.abs(exponent) > 3 ? `1e${exponent}` : String(Number(`1e${exponent}`));
}

function checkSeries(series: readonly LineSeries[]): void {
  const complain = (expected: string, got: string) => refuse('linePlot', { expected, got });
  if (series.length === 0) complain('at least one series', 'none');
  for (const one of series) {
    checkOptions('linePlot', one, SERIES_KINDS);
    const { name, values, x } = one;
    if (x && x.length !== values.length)
      complain(`as many x as values in the series '${name}'`, `${x.length} and ${values.length}`);
    if (!Array.from(values).some(Number.isFinite)) complain(`a finite value in the series '${name}'`, 'none');
  }
}
