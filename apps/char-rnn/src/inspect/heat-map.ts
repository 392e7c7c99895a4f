import { escapeMarkup } from '@unrolled/app-shared';
import type { OrderedUnit } from '@unrolled/language-model';
import { divergingColour } from './colours';

export interface HeatMap {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** One for each column. */
  readonly symbols: readonly string[];
  /** One for each row, from the top. */
  readonly rows: readonly OrderedUnit[];
  /** The value of a column and a unit. */
  readonly valueAt: (column: number, unit: number) => number;
  /** The magnitude of the value at each end of the colour scale, which is symmetric around 0. */
  readonly limit: number;
}

/** Number of colours to which values are rounded. Cells of one colour are one SVG path. */
const LEVELS = 32;
const INK = '#222222';
const PALE = '#777777';
const MARGIN = { left: 96, right: 24, bottom: 52 };
const SHORT_SYMBOL = 10;
const LEGEND = { width: 180, height: 12 };

/**
 * Draws values as colours: columns from left to right, units from top to bottom. A self-contained SVG
 * document.
 */
export function heatMap(map: HeatMap): string {
  const layout = layOut(map);
  const { width, height } = layout;
  return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13" fill="${INK}">
<rect width="100%" height="100%" fill="#ffffff"/>
${text(MARGIN.left, 26, map.title, 'font-size="17"')}
${legend(map.limit)}
${columnLabels(map, layout)}
${rowLabels(map, layout)}
${cells(map, layout)}
${text(MARGIN.left + layout.areaWidth / 2, height - 16, map.xLabel, 'text-anchor="middle"')}
${text(0, 0, map.yLabel, `text-anchor="middle" transform="translate(20 ${layout.top + layout.areaHeight / 2}) rotate(-90)"`)}
</svg>
`;
}

type Layout = ReturnType<typeof layOut>;

/** Words are written vertically above their columns, characters horizontally. */
function layOut({ symbols, rows, title }: HeatMap) {
  const longest = Math.max(...symbols.map((symbol) => Array.from(visibleSymbol(symbol)).length));
  const isUpright = longest > 1;
  const columnWidth = isUpright ? 15 : 10;
  const rowHeight = Math.max(4, Math.min(14, Math.floor(640 / rows.length)));
  const labelHeight = isUpright ? 8 + 7.2 * Math.min(longest, SHORT_SYMBOL) : 18;
  const top = 72 + Math.ceil(labelHeight);
  const areaWidth = symbols.length * columnWidth;
  const areaHeight = rows.length * rowHeight;
  const least = Math.max(520, MARGIN.left + 24 + Array.from(title).length * 9);
  return {
    ...{ columnWidth, rowHeight, isUpright, top, areaWidth, areaHeight },
    width: Math.max(least, MARGIN.left + areaWidth + MARGIN.right),
    height: top + areaHeight + MARGIN.bottom,
  };
}

/** The colour scale, labelled at its ends and its middle. */
function legend(limit: number): string {
  const y = 42;
  const steps = Array.from({ length: LEVELS + 1 }, (_, level) => {
    const x = MARGIN.left + (level * LEGEND.width) / (LEVELS + 1);
    const colour = divergingColour((2 * level) / LEVELS - 1);
    return `<rect x="${x.toFixed(2)}" y="${y}" width="${(LEGEND.width / (LEVELS + 1) + 0.5).toFixed(2)}" height="${LEGEND.height}" fill="${colour}"/>`;
  });
  const marks = [-limit, 0, limit].map((value, at) =>
    text(
      MARGIN.left + (at * LEGEND.width) / 2,
      y + 27,
      formatValue(value),
      `font-size="11" text-anchor="middle" fill="${PALE}"`,
    ),
  );
  return [...steps, ...marks].join('\n');
}

function columnLabels({ symbols }: HeatMap, { columnWidth, isUpright, top }: Layout): string {
  const labels = symbols.map((symbol, column) => {
    const shown = visibleSymbol(symbol);
    const x = MARGIN.left + (column + 0.5) * columnWidth;
    const fill = /^[¶·→]$/.test(shown) ? PALE : INK;
    const attributes = `font-size="11" fill="${fill}"`;
    if (!isUpright) return text(x, top - 6, shown, `${attributes} text-anchor="middle"`);
    const letters = Array.from(shown);
    const short = letters.length > SHORT_SYMBOL ? `${letters.slice(0, SHORT_SYMBOL - 1).join('')}…` : shown;
    return text(0, 0, short, `${attributes} transform="translate(${x + 4} ${top - 6}) rotate(-90)"`);
  });
  return labels.join('\n');
}

/** The number of unit labels that fit. */
function rowLabels({ rows }: HeatMap, { rowHeight, top }: Layout): string {
  const every = Math.ceil(11 / rowHeight);
  const labels = rows.map(({ unit, measure }, row) => {
    if (row % every !== 0) return '';
    const words = measure === undefined ? String(unit) : `${unit}  (${formatValue(measure)})`;
    return text(
      MARGIN.left - 6,
      top + (row + 0.5) * rowHeight + 3.5,
      words,
      'font-size="10" text-anchor="end"',
    );
  });
  return labels.filter(Boolean).join('\n');
}

/** Runs of equal colour along a row; each colour is one path. */
function cells({ symbols, rows, valueAt, limit }: HeatMap, { columnWidth, rowHeight, top }: Layout): string {
  const paths = Array.from({ length: LEVELS + 1 }, (): string[] => []);
  const levelOf = (column: number, unit: number) =>
    Math.round(((Math.max(-1, Math.min(1, valueAt(column, unit) / limit)) + 1) / 2) * LEVELS);
  rows.forEach(({ unit }, row) => {
    let start = 0;
    for (let column = 1; column <= symbols.length; column++) {
      const level = levelOf(start, unit);
      if (column < symbols.length && levelOf(column, unit) === level) continue;
      paths[level]!.push(
        `M${start * columnWidth} ${(row + 0.5) * rowHeight}h${(column - start) * columnWidth}`,
      );
      start = column;
    }
  });
  const drawn = paths.map((runs, level) =>
    runs.length === 0
      ? ''
      : `<path d="${runs.join('')}" stroke="${divergingColour((2 * level) / LEVELS - 1)}"/>`,
  );
  return `<g transform="translate(${MARGIN.left} ${top})" stroke-width="${rowHeight}" fill="none" shape-rendering="crispEdges">
${drawn.filter(Boolean).join('\n')}
</g>`;
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${x}" y="${y}" ${attributes}>${escapeMarkup(content)}</text>`;
}

/**
 * A token in a printable form: ¶ for the end of a line, · for a space. XML does not allow other control
 * characters.
 */
export function visibleSymbol(symbol: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
  const controls = /[\u0000-\u001f\u007f-\u009f\ufffe\uffff\p{Surrogate}]/gu;
  return symbol.replaceAll('\n', '¶').replaceAll(' ', '·').replaceAll('\t', '→').replace(controls, '\ufffd');
}

export function formatValue(value: number): string {
  if (value === 0) return '0';
  return Math.abs(value) < 0.01 ? value.toExponential(1) : String(Number(value.toFixed(2)));
}
