import { escapeMarkup } from '@unrolled/app-shared';
import type { Frames } from '@unrolled/audio';
import type { Alphabet } from './alphabet';
import { decode } from './alphabet';
import { STACKED, STEP } from './features';
import { greyPng } from './png';
import type { Posteriors } from './posteriors';

/** The data of the picture. */
export interface CtcView extends Posteriors {
  readonly title: string;
  readonly frames: Frames;
  readonly alphabet: Alphabet;
}

/** Pixels: the margins, the two plots, and the rows of signs below them. */
const [LEFT, RIGHT, TOP] = [96, 28, 64];
const [SOUND, CURVES, ROW, GAP] = [120, 190, 26, 34];

/** Colours that can be distinguished with colour-blindness (Okabe and Ito), in turn. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#b8860b', '#2b8cbe', '#7b3294', '#8c510a'];

const STYLE = `
text { font: 13px system-ui, sans-serif; fill: #1b1f24 } .title { font-size: 16px; font-weight: 600 }
.note { font-size: 12px; fill: #59636e } .sign { text-anchor: middle } .page { fill: #ffffff }
.blank { fill: none; stroke: #8c959f; stroke-width: 1.2; stroke-dasharray: 3 3 } .empty { fill: #8c959f }
.curve { fill-opacity: 0.16; stroke-width: 1.8 } .axis { stroke: #c4c9d0 } .grid { stroke: #e3e6ea }
.box { stroke: none; fill-opacity: 0.18 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6e8eb } .page { fill: #15181c } .note { fill: #9aa4af } .axis { stroke: #454b54 }
  .grid { stroke: #2a2f36 } .curve { fill-opacity: 0.3 } .box { fill-opacity: 0.4 } .sound { filter: invert(1) }
}`;

/** A printable form of the end of a line, a space and the blank. */
const shown = (label: string) => escapeMarkup(label === ' ' ? '␣' : label);

/**
 * An explanation of CTC on one time axis: the sound as log-mel, the probability of each relevant label, the
 * most likely class of each step, and the resulting text. If the true text is known, also the steps of its
 * labels by forced alignment.
 *
 * @returns an SVG document that follows the reader's light or dark scheme
 */
export function ctcPicture(view: CtcView): string {
  const { title, shares, said, alphabet, aligned } = view;
  const steps = shares.length;
  const step = Math.min(14, Math.max(3, 1400 / steps));
  const width = Math.max(640, LEFT + RIGHT + steps * step);
  const [curves, rows] = [TOP + SOUND + GAP, TOP + SOUND + GAP + CURVES + GAP];
  const x = (place: number) => Math.round((LEFT + place * step) * 10) / 10;
  const parts = [
    `<text class="title" x="20" y="28">${escapeMarkup(title)}: “${escapeMarkup(decode(alphabet, said.labels))}”</text>`,
    `<text class="note" x="20" y="48">CTC: at each step of ${STEP * 1000} ms the network gives a probability to every label (in colour) and to the blank (dashed)</text>`,
    soundOf(view, x, step),
    axisOf(steps, x, curves),
    curvesOf(view, x, curves),
    pathOf(view, x, rows, step),
    boxesOf('… read as', said, alphabet, x, rows + ROW),
    ...(aligned ? [boxesOf('known text', aligned, alphabet, x, rows + 2 * ROW)] : []),
  ];
  const height = rows + (aligned ? 3 : 2) * ROW + 44;
  const words = `equal neighbours are one label, then blanks (·) are removed${aligned ? '; the last row is the forced alignment of the known text' : ''}`;
  parts.push(`<text class="note" x="20" y="${height - 16}">${words}</text>`);
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" role="img">` +
    `<title>How likely each label is over the sound</title><style>${STYLE}</style>` +
    `<rect class="page" width="100%" height="100%"/>${parts.join('')}</svg>\n`
  );
}

/** The features, lowest frequency at the bottom, dark for high values. */
function soundOf(
  { frames: { values, count, size } }: CtcView,
  x: (place: number) => number,
  step: number,
): string {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) [least, most] = [Math.min(least, value), Math.max(most, value)];
  const greys = Uint8Array.from({ length: count * size }, (_, at) => {
    const [row, column] = [size - 1 - Math.floor(at / count), at % count];
    return 255 - 255 * ((values[column * size + row]! - least) / (most - least || 1)) ** 1.5;
  });
  const data = Buffer.from(greyPng(count, size, greys)).toString('base64');
  const place = `x="${x(0)}" y="${TOP}" width="${(count / STACKED) * step}" height="${SOUND}"`;
  const words = ['sound', 'high', 'low'].map((text, row) => {
    const y = TOP + [SOUND / 2 + 4, 12, SOUND][row]!;
    return `<text ${row ? 'class="note" ' : ''}x="${LEFT - 10}" y="${y}" text-anchor="end">${text}</text>`;
  });
  return `<image class="sound" preserveAspectRatio="none" ${place} href="data:image/png;base64,${data}"/>${words.join('')}`;
}

/** Seconds above the curves, and lines for 0, ½ and 1. */
function axisOf(steps: number, x: (place: number) => number, top: number): string {
  const every = [0.1, 0.2, 0.5, 1, 2, 5, 10].find((seconds) => steps * STEP <= 12 * seconds) ?? 30;
  const marks = Array.from({ length: Math.floor((steps * STEP) / every) + 1 }, (_, mark) => {
    const place = x((mark * every) / STEP);
    const words = `${Number((mark * every).toFixed(1))} s`;
    return `<path class="grid" d="M${place} ${TOP}V${top + CURVES}"/><text class="note sign" x="${place}" y="${top - 12}">${words}</text>`;
  });
  const lines = [0, 0.5, 1].map((share) => {
    const y = top + CURVES * (1 - share);
    return `<path class="axis" d="M${x(0)} ${y}H${x(steps)}"/><text class="note" x="${LEFT - 10}" y="${y + 4}" text-anchor="end">${share * 100} %</text>`;
  });
  return marks.join('') + lines.join('');
}

const colourOf = (label: number) => COLOURS[label % COLOURS.length]!;

/** The blank, and each label that exceeds a tenth anywhere or was decoded, with its name at its peaks. */
function curvesOf({ shares, said, alphabet }: CtcView, x: (place: number) => number, top: number): string {
  const y = (share: number) => Math.round((top + CURVES * (1 - share)) * 10) / 10;
  const points = (label: number) => shares.map((row, step) => `${x(step + 0.5)} ${y(row[label]!)}`).join('L');
  const labels = alphabet.labels.map((_, index) => index + 1);
  const drawn = labels.filter(
    (label) => said.labels.includes(label) || shares.some((row) => row[label]! > 0.1),
  );
  const marks = drawn.map((label) => {
    const colour = colourOf(label);
    const ends = [x(0.5), x(shares.length - 0.5)];
    const shape = `M${ends[0]} ${y(0)}L${points(label)}L${ends[1]} ${y(0)}`;
    return `<path class="curve" style="fill:${colour};stroke:${colour}" d="${shape}"/>`;
  });
  const names = said.labels.map((label, index) => {
    let peak = said.starts[index]!;
    for (let step = peak; step < said.ends[index]!; step++)
      if (shares[step]![label]! > shares[peak]![label]!) peak = step;
    const place = `x="${x(peak + 0.5)}" y="${y(shares[peak]![label]!) - 5}"`;
    return `<text class="sign" style="fill:${colourOf(label)};font-weight:600" ${place}>${shown(alphabet.labels[label - 1]!)}</text>`;
  });
  return `<path class="blank" d="M${points(0)}"/>${marks.join('')}${names.join('')}`;
}

/** The most likely class of each step; with too many steps for letters, dots. */
function pathOf(
  { shares, alphabet }: CtcView,
  x: (place: number) => number,
  y: number,
  width: number,
): string {
  const size = Math.min(13, Math.max(5, 1.6 * width));
  const signs = shares.map((row, step) => {
    const best = row.reduce((most, share, label) => (share > row[most]! ? label : most), 0);
    const style = best ? `style="fill:${colourOf(best)};font-size:${size}px"` : `style="font-size:${size}px"`;
    const sign = best ? shown(alphabet.labels[best - 1]!) : '·';
    return `<text class="sign${best ? '' : ' empty'}" ${style} x="${x(step + 0.5)}" y="${y}">${sign}</text>`;
  });
  return `<text x="${LEFT - 10}" y="${y}" text-anchor="end">likeliest</text>${signs.join('')}`;
}

/** Labels at their steps. */
function boxesOf(
  words: string,
  text: Posteriors['said'],
  { labels }: Alphabet,
  x: (place: number) => number,
  y: number,
): string {
  const boxes = text.labels.map((label, index) => {
    const [from, to] = [x(text.starts[index]!), x(text.ends[index]!)];
    const box = `x="${from}" y="${y - 16}" width="${Math.max(2, to - from)}" height="21" style="fill:${colourOf(label)}"`;
    return `<rect class="box" ${box}/><text class="sign" x="${(from + to) / 2}" y="${y}">${shown(labels[label - 1]!)}</text>`;
  });
  return `<text x="${LEFT - 10}" y="${y}" text-anchor="end">${words}</text>${boxes.join('')}`;
}
