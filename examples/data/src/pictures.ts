/** SVG and PNG as pictures of one size. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { refuse } from './refuse';

/** The part of resvg that is used. */
export type Rasteriser = new (
  svg: string,
  options: { readonly fitTo: { readonly mode: 'width'; readonly value: number } },
) => {
  render(): { readonly width: number; readonly height: number; readonly pixels: Uint8Array; free(): void };
  free(): void;
};

let loaded: { readonly folder: string; readonly rasteriser: Promise<Rasteriser> } | undefined;

/** The library of `@resvg/resvg-wasm` in a folder, initialised once in a process. */
export function rasteriserIn(folder: string): Promise<Rasteriser> {
  loaded ??= { folder, rasteriser: load(folder) };
  return loaded.rasteriser;
}

async function load(folder: string): Promise<Rasteriser> {
  const module = (await import(pathToFileURL(join(folder, 'index.mjs')).href)) as {
    initWasm(bytes: Uint8Array): Promise<void>;
    Resvg: Rasteriser;
  };
  await module.initWasm(await readFile(join(folder, 'index_bg.wasm')));
  return module.Resvg;
}

interface DrawingOptions {
  /** Its name in messages. */
  readonly path: string;
  /** Pixels along a side. */
  readonly size: number;
}

/** Pixels along a side of a drawing before it is cropped. */
const DRAWN = 144;

/** Alpha from which a pixel counts as drawn. */
const OPAQUE = 16;

/**
 * An SVG or PNG as size × size × RGB from 0 to 1 on white, cropped to the square around its content, so an
 * artist's margins do not identify the artist.
 *
 * @throws UnrolledError that names the file if it cannot be read, or shows nothing
 */
export function drawingOf(
  rasteriser: Rasteriser,
  bytes: Uint8Array,
  { path, size }: DrawingOptions,
): Float32Array {
  const isPng = bytes[0] === 0x89 && bytes[1] === 0x50;
  const refuseDrawing = (got: string, cause?: unknown): never =>
    refuse(
      'drawing',
      {
        expected: `a drawing in ${path}`,
        got,
        remedy: 'delete its folder to download it again',
        code: 'format',
      },
      cause,
    );
  let image: RGBA;
  try {
    image = render(
      rasteriser,
      isPng ? svgAround(bytes) : new TextDecoder('utf-8', { fatal: true }).decode(bytes),
    );
  } catch (error) {
    if ((error as Error).name === 'RuntimeError')
      return refuseDrawing('a drawing that is too large, such as a very tall and narrow one', error);
    return refuseDrawing(String((error as Error).message ?? error).split('\n')[0]!, error);
  }
  const box = boxOf(image);
  return box ? scaled(image, box, size) : refuseDrawing('a truncated or empty drawing');
}

interface RGBA {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

function render(rasteriser: Rasteriser, svg: string): RGBA {
  const drawing = new rasteriser(svg, { fitTo: { mode: 'width', value: DRAWN } });
  const image = drawing.render();
  const { width, height, pixels } = image;
  const copy = pixels.slice();
  image.free();
  drawing.free();
  return { width, height, pixels: copy };
}

/** One rasteriser draws both: a PNG is an image in an SVG of its size. */
function svgAround(png: Uint8Array): string {
  const data = Buffer.from(png).toString('base64');
  const image = `<image width="64" height="64" href="data:image/png;base64,${data}"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">${image}</svg>`;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

/** The smallest square around the drawing, centred on it. */
function boxOf({ width, height, pixels }: RGBA): Box | undefined {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (pixels[4 * (y * width + x) + 3]! < OPAQUE) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  if (right < 0) return undefined;
  const side = Math.max(right - left, bottom - top) + 1;
  return { left: (left + right + 1 - side) / 2, top: (top + bottom + 1 - side) / 2, side };
}

/** Each pixel is the mean of the source pixels under it, on white; outside the image is white. */
function scaled({ width, height, pixels }: RGBA, { left, top, side }: Box, size: number): Float32Array {
  const picture = new Float32Array(size * size * 3);
  const step = side / size;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const [x, y] = [left + column * step, top + row * step];
      const sum = [0, 0, 0];
      for (let py = Math.floor(y); py < y + step; py++) {
        const high = Math.min(py + 1, y + step) - Math.max(py, y);
        for (let px = Math.floor(x); px < x + step; px++) {
          const share = high * (Math.min(px + 1, x + step) - Math.max(px, x));
          const isInside = px >= 0 && py >= 0 && px < width && py < height;
          const at = 4 * (py * width + px);
          const alpha = isInside ? pixels[at + 3]! / 255 : 0;
          for (let c = 0; c < 3; c++) {
            sum[c]! += share * (1 - alpha + (isInside ? (alpha * pixels[at + c]!) / 255 : 0));
          }
        }
      }
      for (let c = 0; c < 3; c++) picture[(row * size + column) * 3 + c] = sum[c]! / (step * step);
    }
  }
  return picture;
}
