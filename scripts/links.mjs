// The links of a Markdown file, and whether their targets exist; for scripts/check-links.mjs and its test.
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/**
 * The address of our files on the web. A package's page on npm links to it. These links are checked like
 * relative ones.
 */
const OURS = /^https:\/\/github\.com\/unrolled-js\/unrolled\/(?:blob|tree)\/main\//;
const FOLDERS = ['packages', 'apps', 'examples', 'docs', 'scripts', 'tests', 'fixtures', 'bench'];

/** The lines of the text; those of fenced blocks and comments are empty. */
function prose(text) {
  let fence;
  return text
    .replaceAll(/<!--[\s\S]*?-->/g, (comment) => comment.replaceAll(/[^\n]/g, ' '))
    .split('\n')
    .map((line) => {
      const mark = /^ *(`{3,}|~{3,})/.exec(line)?.[1];
      if (fence === undefined && mark) fence = mark;
      else if (fence !== undefined && mark?.startsWith(fence)) fence = undefined;
      else if (fence === undefined) return line;
      return '';
    });
}

/**
 * The targets of a Markdown text's links, images, definitions and HTML attributes, each with its line number,
 * from 1. Targets in code are ignored. `files` are the repository's paths in code spans, such as
 * `packages/cells/README.md`.
 */
export function linksOf(text) {
  const links = [];
  const files = [];
  for (const [index, line] of prose(text).entries()) {
    const add = (target) => links.push({ line: index + 1, target });
    for (const [, span] of line.matchAll(/`([^`]+)`/g))
      if (FOLDERS.some((folder) => span.startsWith(`${folder}/`)) && /^[\w./-]+$/.test(span))
        files.push({ line: index + 1, target: span });
    const plain = line.replaceAll(/`[^`]*`/g, '``');
    for (const [, target] of plain.matchAll(/\]\(<?([^\s)>]+)>?(?: +["'][^)]*)?\)/g)) add(target);
    for (const [, target] of plain.matchAll(/^ {0,3}\[[^\]]+\]: +<?([^\s>]+)/g)) add(target);
    for (const [, target] of plain.matchAll(/\b(?:href|src)="([^"]+)"/g)) add(target);
  }
  return { links, files };
}

/** The anchor that GitHub gives a heading's text. */
export const slugOf = (words) =>
  words
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}\p{Pc} -]/gu, '')
    .replaceAll(' ', '-');

/**
 * The anchors that GitHub gives a text's headings: words in lower case, joined by hyphens. The second heading
 * with the same text gets `-1`.
 */
export function anchorsOf(text) {
  const seen = new Map();
  const anchors = new Set();
  for (const line of prose(text)) {
    for (const [, id] of line.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id);
    const heading = /^ {0,3}#{1,6} +(.*?)(?: +#+)? *$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const words = heading.replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/<[^>]+>/g, '');
    const anchor = slugOf(words);
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    anchors.add(count === 0 ? anchor : `${anchor}-${count}`);
  }
  return anchors;
}

/**
 * One line for each broken link of `file`: the file, folder or heading does not exist. Links to other sites
 * are not checked. With `codeSpans`, the paths in code spans must exist, too.
 *
 * @param root the repository's folder, absolute
 * @param file the Markdown file, relative to it
 */
export function brokenLinks(root, file, { codeSpans = true } = {}) {
  const text = readFileSync(path.join(root, file), 'utf8');
  const { links, files } = linksOf(text);
  const problems = [];
  for (const { line, target } of links) {
    const problem = brokenLink(root, file, target);
    if (problem) problems.push(`${file}:${line}: ${target}: ${problem}`);
  }
  if (codeSpans)
    for (const { line, target } of files)
      if (!existsSync(path.join(root, target))) problems.push(`${file}:${line}: \`${target}\`: no such file`);
  return problems;
}

function brokenLink(root, file, link) {
  const ours = OURS.test(link);
  const target = link.replace(OURS, '');
  if (!ours && /^[a-z][a-z\d+.-]*:|^\/\//i.test(target)) return undefined;
  const [name, anchor] = decodeURIComponent(target).split('#');
  const from = ours || name.startsWith('/') ? '' : path.dirname(file);
  const place = name === '' && !ours ? path.join(root, file) : path.join(root, from, name);
  if (path.relative(root, place).startsWith('..')) return 'leads out of the repository';
  const stats = statSync(place, { throwIfNoEntry: false });
  if (!stats) return 'no such file';
  if (!anchor) return undefined;
  const page = stats.isDirectory() ? path.join(place, 'README.md') : place;
  // `#L10` of a source file is a line.
  if (!page.endsWith('.md')) return /^L\d+(-L\d+)?$/.test(anchor) ? undefined : 'only Markdown has headings';
  if (!existsSync(page)) return 'the folder has no README.md';
  return anchorsOf(readFileSync(page, 'utf8')).has(anchor) ? undefined : 'no such heading';
}
