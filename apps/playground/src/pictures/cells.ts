import { levelsOf } from './colours';

/** A matrix of coloured cells. It is a single shape, because a picture has up to a hundred thousand cells. */
export interface Cells {
  readonly kind: 'cells';
  readonly x: number;
  readonly y: number;
  readonly columns: number;
  readonly rows: number;
  /** Size of one cell, including the gap after it. */
  readonly width: number;
  readonly height: number;
  /** Width of the gap to the right of each cell and below it, in pixels. */
  readonly gaps: readonly [right: number, below: number];
  readonly scale: readonly string[];
  /** Row-major levels, as returned by `levelAt`. */
  readonly levels: Uint8Array;
}

/** The cells of each colour as one path, a tenth of the size of separate rectangles. */
export function cellPaths(cells: Cells): { readonly fill: string; readonly path: string }[] {
  const { x, y, columns, width, height, gaps, scale, levels } = cells;
  const [across, down] = [short(width - gaps[0]), short(height - gaps[1])];
  const edges = `h${across}v${down}h-${across}z`;
  const paths = new Map<number, string[]>();
  for (let at = 0; at < levels.length; at++) {
    const level = levels[at]!;
    const path = paths.get(level) ?? [];
    paths.set(level, path);
    path.push(
      `M${short(x + (at % columns) * width)} ${short(y + Math.floor(at / columns) * height)}${edges}`,
    );
  }
  const colours = levelsOf(scale);
  return Array.from(paths, ([level, path]) => ({ fill: colours[level]!, path: path.join('') }));
}

/** A number for an SVG, rounded to a hundredth of a pixel. */
export const short = (value: number) => String(Math.round(value * 100) / 100);

/** A canvas with one pixel for each cell, which is drawn enlarged. */
let sheet: HTMLCanvasElement | undefined;
const pixels = new WeakMap<readonly string[], Uint32Array>();

/** Draws the cells in two milliseconds; separate rectangles would take a hundred. */
export function paintCells(context: CanvasRenderingContext2D, cells: Cells, background: string): void {
  const { x, y, columns, rows, width, height, gaps, scale, levels } = cells;
  if (columns === 0 || rows === 0) return;
  sheet ??= document.createElement('canvas');
  sheet.width = columns;
  sheet.height = rows;
  const small = sheet.getContext('2d');
  if (!small) return;
  const image = small.createImageData(columns, rows);
  const colours = pixelsOf(scale);
  const data = new Uint32Array(image.data.buffer);
  for (let at = 0; at < levels.length; at++) data[at] = colours[levels[at]!]!;
  small.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(sheet, x, y, columns * width, rows * height);
  const [right, below] = gaps;
  context.fillStyle = background;
  if (right > 0)
    for (let column = 1; column <= columns; column++)
      context.fillRect(x + column * width - right, y, right, rows * height);
  if (below > 0)
    for (let row = 1; row <= rows; row++)
      context.fillRect(x, y + row * height - below, columns * width, below);
}

/**
 * Bytes of red, green, blue and alpha. The order is little-endian, as in every machine that runs WebAssembly.
 */
function pixelsOf(scale: readonly string[]): Uint32Array {
  const known = pixels.get(scale);
  if (known) return known;
  const made = Uint32Array.from(levelsOf(scale), (colour) => {
    const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
    return ((255 << 24) | (blue! << 16) | (green! << 8) | red!) >>> 0;
  });
  pixels.set(scale, made);
  return made;
}
