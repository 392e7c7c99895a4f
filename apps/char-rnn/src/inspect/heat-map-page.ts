import { escapeMarkup } from '@unrolled/app-shared';
import { STOPS } from './colours';
import { formatValue, type HeatMap, visibleSymbol } from './heat-map';

/**
 * The heat map as a self-contained page: values under the pointer, and the text coloured by the selected
 * unit.
 */
export function heatMapPage(map: HeatMap): string {
  const { title, symbols, rows, limit } = map;
  const data = {
    symbols,
    shown: symbols.map(visibleSymbol),
    units: rows.map(({ unit }) => unit),
    measures: rows.map(({ measure }) => (measure === undefined ? null : formatValue(measure))),
    limit,
    stops: STOPS,
    values: encodeValues(map),
  };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeMarkup(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeMarkup(title)}</h1>
<p class="scale"><span>${formatValue(-limit)}</span><span class="bar" style="background:linear-gradient(90deg,${STOPS.join(',')})"></span><span>${formatValue(limit)}</span></p>
<p id="told" aria-live="polite">Point at a cell for its value; click a row to colour the text by its unit.</p>
<div class="map"><canvas id="map"></canvas></div>
<h2 id="chosen"></h2>
<p id="text"></p>
<script type="application/json" id="data">${JSON.stringify(data).replaceAll('<', '\\u003c')}</script>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

/** [rows, columns] int16, −32767 … 32767 for the largest magnitude, little-endian, in base64. */
function encodeValues({ symbols, rows, valueAt }: HeatMap): { scale: number; base64: string } {
  let largest = 0;
  for (const { unit } of rows) {
    for (let column = 0; column < symbols.length; column++) {
      largest = Math.max(largest, Math.abs(valueAt(column, unit)));
    }
  }
  const scale = largest > 0 ? largest / 32767 : 1;
  const bytes = new DataView(new ArrayBuffer(2 * rows.length * symbols.length));
  rows.forEach(({ unit }, row) => {
    for (let column = 0; column < symbols.length; column++) {
      const place = 2 * (row * symbols.length + column);
      bytes.setInt16(place, Math.round(valueAt(column, unit) / scale), true);
    }
  });
  return { scale, base64: Buffer.from(bytes.buffer).toString('base64') };
}

const STYLE = `
body { font: 14px system-ui, sans-serif; color: #222; background: #fff; margin: 24px; }
h1 { font-size: 18px; } h2 { font-size: 15px; }
.scale { display: flex; align-items: center; gap: 8px; color: #555; font-size: 12px; }
.bar { width: 180px; height: 12px; }
.map { overflow-x: auto; }
canvas { display: block; image-rendering: pixelated; cursor: crosshair; }
#told { font-variant-numeric: tabular-nums; min-height: 1.4em; }
#text { font: 15px/1.6 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; max-width: 100ch; }
`;

const SCRIPT = `
'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const bytes = Uint8Array.from(atob(data.values.base64), (letter) => letter.charCodeAt(0));
const view = new DataView(bytes.buffer);
const columns = data.symbols.length;
const rows = data.units.length;
const valueAt = (row, column) => view.getInt16(2 * (row * columns + column), true) * data.values.scale;
const stops = data.stops.map((stop) => [1, 3, 5].map((at) => parseInt(stop.slice(at, at + 2), 16)));
function colourOf(value) {
  const place = ((Math.max(-1, Math.min(1, value / data.limit)) + 1) / 2) * (stops.length - 1);
  const below = Math.min(stops.length - 2, Math.floor(place));
  return stops[below].map((from, at) => Math.round(from + (place - below) * (stops[below + 1][at] - from)));
}
const width = 10;
const height = Math.max(3, Math.min(14, Math.floor(640 / rows)));
const canvas = document.getElementById('map');
canvas.width = columns;
canvas.height = rows;
canvas.style.width = columns * width + 'px';
canvas.style.height = rows * height + 'px';
const context = canvas.getContext('2d');
const image = context.createImageData(columns, rows);
for (let row = 0; row < rows; row++) {
  for (let column = 0; column < columns; column++) {
    image.data.set([...colourOf(valueAt(row, column)), 255], 4 * (row * columns + column));
  }
}
context.putImageData(image, 0, 0);
const told = document.getElementById('told');
const title = (row) => 'unit ' + data.units[row] + (data.measures[row] === null ? '' : ' (' + data.measures[row] + ')');
const spans = data.symbols.map((symbol, column) => {
  const span = document.createElement('span');
  span.textContent = symbol === '\\n' ? '¶\\n' : symbol;
  span.onpointerenter = () => tell(chosen, column);
  document.getElementById('text').append(span);
  return span;
});
let chosen = 0;
function tell(row, column) {
  told.textContent = 'token ' + column + ' “' + data.shown[column] + '”, ' + title(row) + ': ' + valueAt(row, column).toFixed(4);
}
function choose(row) {
  chosen = row;
  document.getElementById('chosen').textContent = 'The text coloured by ' + title(row);
  spans.forEach((span, column) => {
    const colour = colourOf(valueAt(row, column));
    span.style.background = 'rgb(' + colour.join() + ')';
    span.style.color = colour[0] * 0.3 + colour[1] * 0.59 + colour[2] * 0.11 < 130 ? '#fff' : '#222';
  });
}
function cellAt(event) {
  const area = canvas.getBoundingClientRect();
  const column = Math.min(columns - 1, Math.max(0, Math.floor((event.clientX - area.left) / width)));
  return [Math.min(rows - 1, Math.max(0, Math.floor((event.clientY - area.top) / height))), column];
}
canvas.onpointermove = (event) => tell(...cellAt(event));
canvas.onclick = (event) => choose(cellAt(event)[0]);
choose(0);
`;
