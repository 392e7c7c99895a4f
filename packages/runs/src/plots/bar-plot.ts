import { axisY, barX, gridX, ruleX, text } from '@observablehq/plot';
import { inWords, type OptionKinds } from '@unrolled/errors';
import { CHECKED, checkOptions, refuse } from '../refuse';
import {
  axisLabel,
  checkPixels,
  clean,
  colourOf,
  drawPlot,
  MARGIN,
  PLOT_KINDS,
  type PlotOptions,
  tickFormatter,
} from './plot-frame';

export interface Bar {
  name: string;
  /** The value of the bar, at least 0. */
  value: number;
  /** The label after the bar. */
  label: string;
  /** Highlights the bar in the palette's second colour; the others have a pale first colour. */
  highlighted?: boolean;
}

export interface BarPlot {
  title: string;
  xLabel: string;
  bars: readonly Bar[];
  /** Width in pixels; default 960. */
  width?: number;
}

const BAR_KINDS: OptionKinds<Bar> = {
  name: 'string',
  value: CHECKED,
  label: 'string',
  highlighted: 'boolean?',
};

const KINDS: OptionKinds<BarPlot> = {
  title: 'string',
  xLabel: 'string',
  bars: 'array',
  width: 'number?',
};

const BAR_HEIGHT = 34;
/** The mean width of a letter at 13 px, rounded up, because fonts differ. */
const LETTER_WIDTH = 7.6;

/**
 * Draws horizontal bars with names, in the given order.
 *
 * @returns a self-contained SVG document, as `linePlot` does
 * @throws UnrolledError if there is no bar, or a value is not a finite number of at least 0
 */
export function barPlot(spec: BarPlot, options: PlotOptions = {}): string {
  checkOptions('barPlot', spec, KINDS);
  checkOptions('barPlot', options, PLOT_KINDS);
  const { title, xLabel, bars, width = 960 } = spec;
  checkPixels('barPlot', { width });
  for (const bar of bars) checkOptions('barPlot', bar, BAR_KINDS);
  const wrong = bars.find(({ value }) => !(Number.isFinite(value) && value >= 0));
  if (bars.length === 0 || wrong) {
    refuse('barPlot', {
      expected: 'bars of finite values of at least 0',
      got: wrong ? `${inWords(wrong.value)} for '${wrong.name}'` : 'none',
      remedy: 'remove bars without a value',
    });
  }
  const named = bars.map((bar) => ({ ...bar, name: clean(bar.name), label: clean(bar.label) }));
  const longest = (of: (bar: Bar) => string) => Math.max(...named.map((bar) => of(bar).length));
  return drawPlot({ title, width, legend: [] }, options, ({ ink, top }) => ({
    height: top + bars.length * BAR_HEIGHT + MARGIN.bottom,
    marginLeft: Math.min(width / 2, Math.max(MARGIN.left, 24 + longest(({ name }) => name) * LETTER_WIDTH)),
    marginRight: MARGIN.right + longest(({ label }) => label) * LETTER_WIDTH,
    x: {
      ...axisLabel(xLabel, 44),
      domain: [0, Math.max(...bars.map(({ value }) => value)) || 1],
      tickFormat: tickFormatter([{ values: bars.map(({ value }) => value) }]),
    },
    y: { domain: named.map(({ name }) => name), label: null, padding: 0.25 },
    marks: [
      gridX({ stroke: ink, strokeOpacity: 0.12 }),
      axisY({ tickSize: 0, fontSize: 13 }),
      barX(named, {
        x: 'value',
        y: 'name',
        fill: ({ highlighted }: Bar) => colourOf(highlighted ? 1 : 0, options.theme),
        fillOpacity: ({ highlighted }: Bar) => (highlighted ? 1 : 0.4),
      }),
      text(named, { x: 'value', y: 'name', text: 'label', textAnchor: 'start', dx: 8, fontSize: 13 }),
      ruleX([0], { stroke: ink }),
    ],
  }));
}
