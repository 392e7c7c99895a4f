import { levelAt, type Palette } from './colours';
import type { Picture, Shape } from './picture';

export interface HeatRows {
  readonly title: string;
  /** [columns, rows], column by column, as a trace stores time steps. */
  readonly values: Float32Array;
  readonly rows: number;
  /** Whether values are in 0 … 1, as for a gate; otherwise they are in −most … most. */
  readonly isGate: boolean;
}

export interface HeatMap {
  readonly blocks: readonly HeatRows[];
  /** Labels above the columns. */
  readonly symbols: readonly string[];
  readonly columnWidth: number;
  readonly rowHeight: number;
  /** The selected column. */
  readonly marked: number | undefined;
  /** Columns that are highlighted. */
  readonly selected?: readonly [from: number, to: number] | undefined;
}

const SYMBOL_HEIGHT = 20;
const TITLE_HEIGHT = 18;
export const LEFT = 4;

/** The symbols shown for invisible characters. */
export function visible(symbol: string): string {
  return { '\n': '↵', ' ': '␣', '\t': '⇥' }[symbol] ?? symbol;
}

/** The column at a position, from 0. */
export function columnAt(x: number, { columnWidth, symbols }: HeatMap): number | undefined {
  const column = Math.floor((x - LEFT) / columnWidth);
  return column >= 0 && column < symbols.length ? column : undefined;
}

/** The levels of a block, row-major. */
function levelsIn({ values, rows, isGate }: Omit<HeatRows, 'title'>, columns: number): Uint8Array {
  let most = 1;
  if (!isGate) for (const value of values) most = Math.max(most, Math.abs(value));
  const levels = new Uint8Array(rows * columns);
  for (let column = 0, from = 0; column < columns; column++)
    for (let row = 0; row < rows; row++, from++) {
      const value = values[from]!;
      levels[row * columns + column] = levelAt(isGate ? value : (value / most + 1) / 2);
    }
  return levels;
}

/** Draws gates and states one below the other, under the characters of the text. */
export function heatMap(
  { blocks, symbols, columnWidth, rowHeight, marked, selected }: HeatMap,
  palette: Palette,
): Picture {
  const shapes: Shape[] = [];
  const width = LEFT * 2 + symbols.length * columnWidth;
  const characters = (y: number) => {
    for (const [at, symbol] of symbols.entries())
      shapes.push({
        ...{
          kind: 'text',
          x: LEFT + (at + 0.5) * columnWidth,
          y,
          text: visible(symbol),
          align: 'middle',
          isMono: true,
        },
        size: Math.min(14, columnWidth),
        fill: symbol.trim() === '' ? palette.quiet : palette.ink,
        isBold: at === marked,
      });
  };
  let y = SYMBOL_HEIGHT;
  if (selected) {
    const [from, to] = selected;
    shapes.push({
      kind: 'rect',
      x: LEFT + from * columnWidth,
      y: 0,
      width: (to - from + 1) * columnWidth,
      height: SYMBOL_HEIGHT,
      fill: palette.grid,
    });
  }
  characters(SYMBOL_HEIGHT / 2);
  /** A frame around the selected column, which does not cover the titles. */
  const frame = (top: number, bottom: number) => {
    if (marked === undefined) return;
    const [left, right] = [LEFT + marked * columnWidth - 0.5, LEFT + (marked + 1) * columnWidth - 0.5];
    const points = [
      [left, top],
      [right, top],
      [right, bottom],
      [left, bottom],
      [left, top],
    ] as const;
    shapes.push({ kind: 'line', points, stroke: palette.ink, width: 1.5 });
  };
  frame(1, SYMBOL_HEIGHT - 2);
  for (const { title, values, rows, isGate } of blocks) {
    if (title) {
      shapes.push({
        kind: 'text',
        x: LEFT,
        y: y + TITLE_HEIGHT / 2,
        text: title,
        fill: palette.quiet,
        size: 11.5,
      });
      y += TITLE_HEIGHT;
    }
    shapes.push({
      ...{ kind: 'cells', x: LEFT, y, columns: symbols.length, rows, width: columnWidth, height: rowHeight },
      gaps: [columnWidth > 6 ? 1 : 0, rowHeight > 4 ? 1 : 0],
      scale: isGate ? palette.sequential : palette.diverging,
      levels: levelsIn({ values, rows, isGate }, symbols.length),
    });
    frame(y - 0.5, y + rows * rowHeight - 0.5);
    y += rows * rowHeight + 6;
  }
  return { width, height: y, background: palette.background, shapes };
}
