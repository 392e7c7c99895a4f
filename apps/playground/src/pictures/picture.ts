/** A picture as plain shapes, which can be drawn on a canvas or written as an SVG file. Units are pixels. */
import { type Cells, cellPaths, paintCells, short } from './cells';

export type Shape =
  | Cells
  | {
      readonly kind: 'rect';
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly fill: string;
    }
  | {
      readonly kind: 'line';
      readonly points: readonly (readonly [x: number, y: number])[];
      readonly stroke: string;
      readonly width?: number;
      readonly dashed?: boolean;
    }
  | {
      readonly kind: 'dot';
      readonly x: number;
      readonly y: number;
      readonly radius: number;
      readonly fill: string;
    }
  | {
      readonly kind: 'area';
      readonly points: readonly (readonly [x: number, y: number])[];
      readonly fill: string;
    }
  | {
      readonly kind: 'text';
      readonly x: number;
      readonly y: number;
      readonly text: string;
      readonly fill: string;
      readonly size?: number;
      readonly align?: 'start' | 'middle' | 'end';
      readonly isMono?: boolean;
      readonly isBold?: boolean;
    };

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly background: string;
  readonly shapes: readonly Shape[];
}

const SANS = 'system-ui, sans-serif';
const MONO = 'ui-monospace, monospace';

/** Draws a picture at the resolution of the screen. */
export function paint(canvas: HTMLCanvasElement, { width, height, background, shapes }: Picture): void {
  const scale = Math.min(3, devicePixelRatio || 1);
  const size = [Math.round(width * scale), Math.round(height * scale)] as const;
  // Setting the size of a canvas, even to the same value, allocates new memory.
  if (canvas.width !== size[0] || canvas.height !== size[1]) {
    [canvas.width, canvas.height] = size;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext('2d');
  if (!context) return;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.fillStyle = background;
  context.fillRect(0, 0, width, height);
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  for (const shape of shapes) paintShape(context, shape, background);
}

function paintShape(context: CanvasRenderingContext2D, shape: Shape, background: string): void {
  switch (shape.kind) {
    case 'cells':
      paintCells(context, shape, background);
      break;
    case 'rect':
      context.fillStyle = shape.fill;
      context.fillRect(shape.x, shape.y, shape.width, shape.height);
      break;
    case 'dot':
      context.fillStyle = shape.fill;
      context.beginPath();
      context.arc(shape.x, shape.y, shape.radius, 0, 2 * Math.PI);
      context.fill();
      break;
    case 'line':
    case 'area':
      context.beginPath();
      for (const [x, y] of shape.points) context.lineTo(x, y);
      if (shape.kind === 'area') {
        context.fillStyle = shape.fill;
        context.fill();
        break;
      }
      context.strokeStyle = shape.stroke;
      context.lineWidth = shape.width ?? 1;
      context.setLineDash(shape.dashed ? [5, 4] : []);
      context.stroke();
      break;
    case 'text':
      context.fillStyle = shape.fill;
      context.textAlign = shape.align === 'middle' ? 'center' : (shape.align ?? 'start');
      context.font = `${shape.isBold ? '600 ' : ''}${shape.size ?? 12}px ${shape.isMono ? MONO : SANS}`;
      context.fillText(shape.text, shape.x, shape.y);
  }
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text for XML. Characters that XML does not allow become U+FFFD. */
const escaped = (text: string) =>
  Array.from(text.toWellFormed(), (character) => {
    const code = character.codePointAt(0)!;
    const isAllowed = code >= 32 ? code < 0xfffe || code > 0xffff : code === 9 || code === 10 || code === 13;
    return isAllowed ? (ESCAPES[character] ?? character) : '\ufffd';
  }).join('');

const pathOf = (points: readonly (readonly [number, number])[]) =>
  points.map(([x, y], at) => `${at === 0 ? 'M' : 'L'}${short(x)} ${short(y)}`).join('');

function shapeToSvg(shape: Shape): string {
  switch (shape.kind) {
    case 'cells':
      return cellPaths(shape)
        .map(({ fill, path }) => `<path fill="${fill}" d="${path}"/>`)
        .join('\n');
    case 'rect':
      return `<rect x="${short(shape.x)}" y="${short(shape.y)}" width="${short(shape.width)}" height="${short(shape.height)}" fill="${shape.fill}"/>`;
    case 'dot':
      return `<circle cx="${short(shape.x)}" cy="${short(shape.y)}" r="${short(shape.radius)}" fill="${shape.fill}"/>`;
    case 'area':
      return `<path d="${pathOf(shape.points)}Z" fill="${shape.fill}"/>`;
    case 'line': {
      const dashes = shape.dashed ? ' stroke-dasharray="5 4"' : '';
      return `<path d="${pathOf(shape.points)}" fill="none" stroke="${shape.stroke}" stroke-width="${shape.width ?? 1}" stroke-linejoin="round"${dashes}/>`;
    }
    case 'text': {
      const family = shape.isMono ? MONO : SANS;
      const weight = shape.isBold ? ' font-weight="600"' : '';
      return `<text x="${short(shape.x)}" y="${short(shape.y)}" fill="${shape.fill}" font-size="${shape.size ?? 12}" font-family="${family}" text-anchor="${shape.align ?? 'start'}" dominant-baseline="central" xml:space="preserve"${weight}>${escaped(shape.text)}</text>`;
    }
  }
}

/** A picture as an SVG file. */
export function toSvg({ width, height, background, shapes }: Picture, title: string): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="${background}"/>`,
    ...shapes.map(shapeToSvg),
    '</svg>\n',
  ].join('\n');
}
