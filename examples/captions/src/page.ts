import { escapeMarkup } from '@unrolled/app-shared';
import {
  ARTISTS,
  type Artist,
  bitmapAddress,
  type Drawing,
  type Language,
  type Side,
  SOURCES,
} from '@unrolled/example-data';
import type { BeamCandidate } from '@unrolled/training';
import { CELLS } from './network';

/** The captions of a drawing in one language. */
export interface SaidName {
  readonly language: Language;
  readonly name: string;
  /** exp of the mean log-probability of the tokens, from 0 to 1. */
  readonly probability: number;
  /** The pieces of the name, each with the attention weights of the cells. */
  readonly pieces: readonly { readonly text: string; readonly shares: Float32Array }[];
}

export interface Card extends Drawing {
  readonly said: readonly SaidName[];
}

/** The output in the form of the page: tokens of the same character are joined. */
export function saidName(side: Side, language: Language, said: BeamCandidate): SaidName {
  const { ids, logProbability, outputs = [] } = said;
  const pieces: { text: string; shares: Float32Array }[] = [];
  for (let start = 0, end = 1; end <= ids.length; end++) {
    const text = side.decode(ids.slice(start, end));
    if (text.includes('\ufffd') && end < ids.length) continue;
    pieces.push({ text: text.trim(), shares: outputs[start]! });
    start = end;
  }
  const probability = Math.exp(logProbability / (ids.length + 1));
  return { language, name: side.decode(ids), probability, pieces };
}

const STYLE = `
:root { color-scheme: light dark; --text: #1b1f24; --soft: #57606a; --page: #f6f8fa; --card: #ffffff; --line: #d0d7de;
  --right: #1a7f37; --wrong: #b35900 }
@media (prefers-color-scheme: dark) { :root { --text: #e6e8eb; --soft: #9aa4af; --page: #0f1215; --card: #1a1e23;
  --line: #353c44; --right: #4ac26b; --wrong: #f0a35e } }
body { margin: 0 auto; max-width: 1100px; padding: 24px; background: var(--page); color: var(--text);
  font: 15px/1.45 system-ui, sans-serif }
h1 { font-size: 22px; margin: 0 0 4px } p { margin: 4px 0 16px; color: var(--soft) }
main { display: grid; gap: 16px; grid-template-columns: repeat(auto-fill, minmax(320px, 1fr)) }
article { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px }
header { display: flex; gap: 14px; align-items: center } header svg { flex: none }
svg { border-radius: 6px; display: block }
h2 { font-size: 17px; margin: 0 } .right { color: var(--right) } .wrong { color: var(--wrong) }
small { color: var(--soft) } ol { list-style: none; display: flex; flex-wrap: wrap; gap: 8px; margin: 12px 0; padding: 0 }
ol li { text-align: center; font-size: 13px; max-width: 120px; overflow-wrap: anywhere } ol svg { margin: 0 auto 2px }
dl { display: grid; grid-template-columns: auto 1fr; gap: 2px 10px; margin: 0; font-size: 14px }
dt { color: var(--soft) } dd { margin: 0 } footer { margin-top: 20px; color: var(--soft); font-size: 13px }`;

/**
 * A self-contained HTML page: each drawing as the network reads it, its names, and the attention of the
 * decoder for each piece of the first name. It follows the reader's light or dark scheme.
 *
 * @param unseen the artist whose drawings were not in the training data; the drawings are that artist's
 *   unless they are `own`
 */
export function captionsPage(cards: readonly Card[], unseen: Artist, own = false): string {
  const { name, version, licence } = SOURCES[unseen];
  const drawn = own
    ? 'The drawings are your own.'
    : `Drawings: ${name} ${version}, ${licence}; made smaller.`;
  const known = ARTISTS.filter((artist) => artist !== unseen).map((artist) => SOURCES[artist]);
  const learned = known.map((source) => `${source.name} (${source.licence})`).join('; ');
  const names = `Names: Unicode CLDR, ${SOURCES.names.name} ${SOURCES.names.version}, ${SOURCES.names.licence}.`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Captions, and where the decoder looked</title><style>${STYLE}</style></head><body>
<h1>Captions, and where the decoder looked</h1>
<p>Each drawing as the network reads it, and the name that it gave; a ✗ stands before the right one. Below, for each piece of the
name, the ${CELLS} × ${CELLS} cells: the darker a cell, the less it counted for that piece.</p>
<main>${cards.map(article).join('\n')}</main>
<footer>${escapeMarkup(drawn)}<br>Learned from ${escapeMarkup(learned)}.<br>${escapeMarkup(names)}</footer>
</body></html>
`;
}

function article({ title, picture, names, said }: Card, index: number): string {
  const [first, ...others] = said as [SaidName, ...SaidName[]];
  const looks = first.pieces.map(
    ({ text, shares }) => `<li>${figure(`p${index}`, 56, shares)}<span>${escapeMarkup(text)}</span></li>`,
  );
  const lines = others.map(
    (one) =>
      `<dt>${one.language}</dt><dd lang="${one.language}">${escapeMarkup(one.name)}${verdict(one, names)}</dd>`,
  );
  const confidence = `<small>${escapeMarkup(title)} · ${first.language} · ${Math.round(100 * first.probability)} % per token</small>`;
  return `<article><header>${figure(`p${index}`, 96, undefined, bitmapAddress(picture))}
<div><h2 lang="${first.language}">${escapeMarkup(first.name)}${verdict(first, names)}</h2>${confidence}</div></header>
<ol lang="${first.language}">${looks.join('')}</ol><dl>${lines.join('')}</dl></article>`;
}

/** Whether a name is right; otherwise the right name. */
function verdict({ language, name }: SaidName, names: Drawing['names']): string {
  if (!names) return '';
  if (names[language] === name) return ' <span class="right" title="right">✓</span>';
  return ` <span class="wrong" title="wrong">✗ ${escapeMarkup(names[language])}</span>`;
}

/** A picture, defined by the first figure that shows it. Cells with less attention are darker. */
function figure(id: string, size: number, shares?: Float32Array, source?: string): string {
  const image = source
    ? `<image id="${id}" href="${source}" width="${CELLS}" height="${CELLS}"/>`
    : `<use href="#${id}"/>`;
  const most = Math.max(...(shares ?? [1]));
  const veils = Array.from(shares ?? [], (share, at) => {
    const place = `x="${at % CELLS}" y="${Math.floor(at / CELLS)}" width="1.01" height="1.01"`;
    return `<rect ${place} fill="#000" fill-opacity="${(0.8 * (1 - share / most)).toFixed(2)}"/>`;
  });
  return `<svg width="${size}" height="${size}" viewBox="0 0 ${CELLS} ${CELLS}">${image}${veils.join('')}</svg>`;
}
