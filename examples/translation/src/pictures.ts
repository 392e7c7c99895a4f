import { escapeMarkup } from '@unrolled/app-shared';

/** The attention of a network: the weights of the source's tokens for each token of the target. */
export interface Panel {
  readonly source: readonly string[];
  readonly target: readonly string[];
  readonly shares: readonly Float32Array[];
}

/** Pixels. */
const [CELL, LETTER, GAP] = [32, 8.6, 36];

const STYLE = `
text { font: 14px system-ui, sans-serif; fill: #1b1f24 }
.title { font-weight: 600; font-size: 15px }
.share { font-size: 11px; text-anchor: middle }
.page { fill: #ffffff } .cell { fill: #0072b2 } .frame { fill: none; stroke: #c4c9d0 } .over { fill: #ffffff }
@media (prefers-color-scheme: dark) {
  text { fill: #e6e8eb } .page { fill: #15181c } .cell { fill: #6cc0f2 }
  .frame { stroke: #454b54 } .over { fill: #0b0d10 }
}`;

const MARKS: Readonly<Record<string, string>> = { ' ': '␣', '\n': '⏎', '\t': '⇥' };
/** Tokens in a printable form. */
const shown = (token: string) => escapeMarkup(token.replace(/[ \p{Cc}]/gu, (sign) => MARKS[sign] ?? '·'));
const widest = (tokens: readonly string[]) => Math.max(1, ...tokens.map((token) => Array.from(token).length));

/**
 * Draws alignments one below the other, with a row for each token of the target and a column for each of the
 * source. Stronger colours are larger weights; weights of a tenth and more are written in percent. The
 * colours follow the reader's light or dark scheme.
 *
 * @returns an SVG document
 */
export function alignmentPicture(panels: readonly Panel[]): string {
  const drawn = panels.map(panelOf);
  const width = Math.max(...drawn.map((panel) => panel.width));
  const height = drawn.reduce((sum, panel) => sum + panel.height, 0) + GAP;
  let top = 0;
  const bodies = drawn.map((panel) => {
    const body = `<g transform="translate(0 ${top})">${panel.marks.join('')}</g>`;
    top += panel.height;
    return body;
  });
  const words = 'attention weights in percent: rows are target tokens, columns source tokens';
  const note = `<text x="20" y="${height - 16}">${words}</text>`;
  const size = `width="${Math.max(width, 560)}" height="${height}"`;
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">` +
    `<title>Where the network looked</title><style>${STYLE}</style>` +
    `<rect class="page" width="100%" height="100%"/>${bodies.join('')}${note}</svg>\n`
  );
}

function panelOf({ source, target, shares }: Panel) {
  const left = 28 + LETTER * widest(target);
  const isTurned = widest(source) > 3; // words are vertical above their columns
  const top = GAP + (isTurned ? LETTER * widest(source) : 20) + 8;
  const middle = (index: number) => index * CELL + CELL / 2;
  const columns = source.map((token, column) => {
    const [x, y] = [left + middle(column), top - 8];
    const place = isTurned ? `transform="rotate(-90 ${x} ${y})" dy="5"` : 'text-anchor="middle"';
    return `<text x="${x}" y="${y}" ${place}>${shown(token)}</text>`;
  });
  const rows = target.flatMap((token, row) => [
    `<text x="${left - 10}" y="${top + middle(row) + 5}" text-anchor="end">${shown(token)}</text>`,
    ...source.map((_, column) => cellOf(shares[row]?.[column] ?? 0, left + column * CELL, top + row * CELL)),
  ]);
  const [width, height] = [CELL * source.length, CELL * target.length];
  const frame = `<rect class="frame" x="${left}" y="${top}" width="${width}" height="${height}"/>`;
  const title = `<text class="title" x="20" y="24">${shown(source.join('')).replaceAll('␣', ' ')}</text>`;
  return { width: left + width + 24, height: top + height + 16, marks: [title, ...columns, ...rows, frame] };
}

function cellOf(share: number, x: number, y: number): string {
  const place = `x="${x}" y="${y}" width="${CELL}" height="${CELL}"`;
  const cell = `<rect class="cell" ${place} fill-opacity="${share.toFixed(3)}"/>`;
  if (share < 0.1) return cell;
  const kind = share > 0.6 ? 'share over' : 'share';
  const percent = Math.round(100 * share);
  return `${cell}<text class="${kind}" x="${x + CELL / 2}" y="${y + CELL / 2 + 4}">${percent}</text>`;
}
