/**
 * A self-contained HTML page without external requests, for light and dark colour schemes and for printing.
 */
import { escapeMarkup } from './escape-markup';

/**
 * A table of cells, header first. The first column has the name of each row. `strong` selects the model's
 * rows.
 */
export function htmlTable(
  cells: readonly (readonly string[])[],
  { strong = () => false }: { strong?: (row: number) => boolean } = {},
): string {
  const [header, ...rows] = cells;
  const heads = header!.map((cell) => `<th scope="col">${escapeMarkup(cell)}</th>`).join('');
  const body = rows.map((row, at) => {
    const [name, ...values] = row.map(escapeMarkup);
    const data = values.map((value) => `<td>${value}</td>`).join('');
    return `<tr${strong(at) ? ' class="strong"' : ''}><th scope="row">${name}</th>${data}</tr>`;
  });
  return `<div class="scroll"><table><thead><tr>${heads}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`;
}

/**
 * A figure with an SVG that was drawn for a page.
 *
 * @param from the end that a narrow screen shows first
 * @param fits whether a narrow screen shows it whole, smaller, instead of a part of it
 */
export function htmlFigure(
  svg: string,
  caption: string,
  { from = 'left', fits = false }: { from?: 'left' | 'right'; fits?: boolean } = {},
): string {
  const shown = fits ? 'fits' : from === 'left' ? 'scroll' : 'scroll newest';
  return `<figure><div class="${shown}">${svg}</div><figcaption>${escapeMarkup(caption)}</figcaption></figure>`;
}

/** A paragraph for each line. */
export function paragraphs(lines: readonly string[]): string {
  return lines.map((line) => `<p>${escapeMarkup(line)}</p>`).join('\n');
}

/** The whole page. The sections are HTML. */
export function htmlPage({
  title,
  lead,
  sections,
}: {
  title: string;
  lead: string;
  sections: readonly string[];
}): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeMarkup(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeMarkup(title)}</h1>
<p class="lead">${escapeMarkup(lead)}</p>
${sections.join('\n')}
</main>
</body>
</html>
`;
}

/** A heading and its content. */
export function section(heading: string, ...content: readonly string[]): string {
  return `<section>\n<h2>${escapeMarkup(heading)}</h2>\n${content.filter((part) => part !== '').join('\n')}\n</section>`;
}

/** Details that are collapsed on the screen. */
export function details(summary: string, content: string): string {
  return `<details><summary>${escapeMarkup(summary)}</summary>\n${content}\n</details>`;
}

/** Okabe and Ito's palette, lighter in the dark scheme. */
const STYLE = `
:root { color-scheme: light dark; --ink: #1f2328; --quiet: #59636e; --page: #ffffff; --rule: #d8dee4; --tint: #eef4fa;
  --plot-ink: var(--ink); --plot-1: #0072b2; --plot-2: #d55e00; --plot-3: #009e73; --plot-4: #b4558f; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8ea; --quiet: #9aa4ae; --page: #16191d; --rule: #363c44; --tint: #1d2a36;
    --plot-1: #58b4ee; --plot-2: #ff9248; --plot-3: #35cfa0; --plot-4: #e39bc8; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 1060px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 8px; }
h2 { font-size: 1.2rem; margin: 40px 0 12px; }
p { margin: 8px 0; max-width: 75ch; }
.lead { font-size: 1.15rem; border-left: 4px solid var(--plot-1); padding: 4px 0 4px 16px; margin: 16px 0; }
.scroll { overflow-x: auto; }
.newest { direction: rtl; }
.newest svg { direction: ltr; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.92rem; }
th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--rule); text-align: right; white-space: nowrap; }
th:first-child { text-align: left; }
thead th { color: var(--quiet); font-weight: 600; }
tbody th { font-weight: 400; }
tr.strong th, tr.strong td { font-weight: 700; background: var(--tint); }
figure { margin: 16px 0; }
figure svg { max-width: 100%; height: auto; min-width: 640px; }
figure .fits svg { min-width: 0; }
figcaption { color: var(--quiet); font-size: 0.9rem; max-width: 75ch; }
details { margin: 12px 0; }
summary { cursor: pointer; }
@media (max-width: 640px) { th:first-child { white-space: normal; min-width: 7rem; } }
@media print {
  :root { color-scheme: light; --ink: #000000; --quiet: #444444; --page: #ffffff; --rule: #bbbbbb; --tint: #eeeeee;
    --plot-1: #0072b2; --plot-2: #d55e00; --plot-3: #009e73; --plot-4: #b4558f; }
  main { max-width: none; padding: 0; }
  figure, tr { break-inside: avoid; }
  h2 { break-after: avoid; }
  figure svg { min-width: 0; }
  .scroll { overflow: visible; }
  details:not([open]) { display: none; }
}
`;
