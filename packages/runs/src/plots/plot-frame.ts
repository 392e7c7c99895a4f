/** Common parts of all plots: the palette, the SVG document, and text that every viewer can display. */
import { type PlotOptions as MarkOptions, plot } from '@observablehq/plot';
import type { OptionKinds } from '@unrolled/errors';
import { parseHTML } from 'linkedom';
import { check } from '../refuse';
import { layOutLegend } from './legend';

/**
 * Where a plot is displayed. A separate `document` is dark on white. A plot in a `page` uses the page's
 * custom properties `--plot-ink`, `--plot-1`, `--plot-2`, …, and has no background.
 */
export type PlotTheme = 'document' | 'page';

export interface PlotOptions {
  /** Default `document`. */
  theme?: PlotTheme;
}

export const PLOT_KINDS: OptionKinds<PlotOptions> = { theme: "'document' or 'page'?" };

/**
 * Okabe and Ito's palette, which is suitable for colour-blind readers, without yellow, which is hard to see
 * on white.
 */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'];
const INK = '#222222';
export const MARGIN = { left: 76, right: 24, bottom: 52 };
export const BAND_OPACITY = 0.22;
const TITLE_HEIGHT = 40;
const LEGEND_ROW_HEIGHT = 22;
/** A font that every viewer has. For PNG files, `writePlot` replaces it by the included font. */
const FONT_FAMILY = 'sans-serif';

/** The part of the DOM that is used here. The workspace compiles without the DOM's types. */
interface SvgElement {
  setAttribute(name: string, value: string): void;
  append(...children: SvgElement[]): void;
  prepend(...children: SvgElement[]): void;
  querySelectorAll(selector: string): Iterable<SvgElement>;
  remove(): void;
  textContent: string | null;
  outerHTML: string;
}
interface SvgDocument {
  createElementNS(namespace: string, name: string): SvgElement;
}

/** One entry of the legend. */
export interface LegendEntry {
  readonly name: string;
  readonly colour: string;
  readonly dashed?: boolean;
  /** Whether the sample is a wide, pale stroke. */
  readonly band?: boolean;
}

interface Frame {
  readonly title: string;
  /** Width of the text in pixels. */
  readonly width: number;
  readonly legend: readonly LegendEntry[];
}

/** Refuses a width or height that is not a number of pixels. */
export function checkPixels(scope: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes))
    check.number(scope, name, size, size > 0 && size < Number.POSITIVE_INFINITY, 'in pixels, above 0');
}

/** The colour of the series at an index, from 0. */
export function colourOf(index: number, theme: PlotTheme = 'document'): string {
  const place = index % COLOURS.length;
  return theme === 'page' ? `var(--plot-${place + 1}, ${COLOURS[place]})` : COLOURS[place]!;
}

/** A label centred along its axis, at this distance in pixels from the plot. */
export const axisLabel = (label: string, labelOffset: number) =>
  ({ label: clean(label), labelAnchor: 'center', labelArrow: 'none', labelOffset }) as const;

/**
 * Draws marks below a title and a legend.
 *
 * @param marksOf returns the marks with their scales and height, for the colour of text and the space in
 *   pixels above the plot
 * @returns a complete SVG document, or an element for a page
 */
export function drawPlot(
  frame: Frame,
  { theme = 'document' }: PlotOptions,
  marksOf: (place: { readonly ink: string; readonly top: number }) => MarkOptions,
): string {
  const { width, legend } = frame;
  const document = parseHTML('<!doctype html><html><body></body></html>').document as unknown as SvgDocument;
  const ink = theme === 'page' ? `var(--plot-ink, ${INK})` : INK;
  const { rows, places } = layOutLegend(
    legend.map(({ name }) => clean(name)),
    { left: MARGIN.left, width: width - MARGIN.left - MARGIN.right },
  );
  const top = TITLE_HEIGHT + (legend.length > 0 ? rows * LEGEND_ROW_HEIGHT : 0) + 10;
  const svg = plot({
    ...{ document: document as never, width, marginTop: top, marginLeft: MARGIN.left },
    ...{ marginRight: MARGIN.right, marginBottom: MARGIN.bottom, ...marksOf({ ink, top }) },
  }) as unknown as SvgElement;
  dress(svg, document, frame, { ink, theme, places });
  return theme === 'page' ? svg.outerHTML : `<?xml version="1.0" encoding="UTF-8"?>\n${svg.outerHTML}\n`;
}

interface Dress {
  readonly ink: string;
  readonly theme: PlotTheme;
  readonly places: ReturnType<typeof layOutLegend>['places'];
}

/**
 * Adds attributes for fonts, background, title and legend, which in a browser the page's style sheet would
 * set.
 */
function dress(
  svg: SvgElement,
  document: SvgDocument,
  { title, legend }: Frame,
  { ink, theme, places }: Dress,
): void {
  const create = (name: string, attributes: Record<string, string | number>, text?: string) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    if (text !== undefined) element.textContent = text;
    return element;
  };
  // Plot centres every text by default.
  const fromLeft = { fill: ink, 'text-anchor': 'start' };
  for (const style of [...svg.querySelectorAll('style')]) style.remove();
  const attributes = { xmlns: 'http://www.w3.org/2000/svg', 'font-family': FONT_FAMILY, 'font-size': '13' };
  for (const [key, value] of Object.entries({ ...attributes, fill: ink, color: ink }))
    svg.setAttribute(key, value);
  if (theme === 'document') svg.prepend(create('rect', { width: '100%', height: '100%', fill: '#ffffff' }));
  // Screen readers read this title, and browsers show it as a tooltip.
  svg.setAttribute('role', 'img');
  svg.prepend(create('title', {}, clean(title)));
  svg.append(create('text', { x: MARGIN.left, y: 26, 'font-size': 17, ...fromLeft }, clean(title)));
  for (const [index, { colour, dashed, band }] of legend.entries()) {
    const { x, row, label } = places[index]!;
    const y = TITLE_HEIGHT + row * LEGEND_ROW_HEIGHT + 8;
    const stroke = {
      stroke: colour,
      'stroke-width': band ? 12 : 3,
      ...(band && { 'stroke-opacity': BAND_OPACITY }),
      ...(dashed && { 'stroke-dasharray': '6 4' }),
    };
    svg.append(create('line', { x1: x, x2: x + 24, y1: y, y2: y, ...stroke }));
    svg.append(create('text', { x: x + 31, y: y + 4.5, ...fromLeft }, label));
  }
}

/** Formats numbers plainly, and with powers of ten only if the plain form would be unreadable. */
export function tickFormatter(
  series: readonly { readonly values: ArrayLike<number> }[],
): (value: number) => string {
  let largest = 0;
  for (const { values } of series)
    for (const value of Array.from(values))
      if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  const plain = new Intl.NumberFormat('en', { maximumSignificantDigits: 6 });
  const scientific = largest > 0 && (largest < 1e-3 || largest >= 1e7);
  return (value) => (scientific && value !== 0 ? value.toExponential(1) : plain.format(value));
}

/** XML allows neither control characters nor lone surrogates, which the name of a column may contain. */
export function clean(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replace(/[\u0000-\u001f\u007f\ufffe\uffff\p{Surrogate}]+/gu, ' ');
}
