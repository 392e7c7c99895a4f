// The prose of a file: Markdown text, and the comments of TypeScript, JavaScript, C++ and Python. For
// scripts/wrap.mjs and scripts/check-prose.mjs. A region is a run of lines; each line is a head (indentation
// and comment marks) and a body (words).
import path from 'node:path';
import ts from 'typescript';

const SCRIPTS = new Set(['.ts', '.tsx', '.mts', '.cts', '.js', '.mjs', '.cjs']);
const BRACES = new Set(['.c', '.cpp', '.h', '.hpp']);
/** Comments that a tool reads. */
const DIRECTIVE =
  /^(?:biome-|@ts-|eslint|v8 |c8 |istanbul|prettier|Stryker|#|\/ *<reference|sourceMapping|type:|noqa|pylint|!|@license)/;

export const isProse = (file) =>
  file.endsWith('.md') ||
  file.endsWith('.py') ||
  SCRIPTS.has(path.extname(file)) ||
  BRACES.has(path.extname(file));

/**
 * The regions of a text, in order. `kind` is `markdown`, `block` (a comment of `/**` lines), `line` (whole
 * lines of `//` or `#`), `trailing` (a comment behind code) or `docstring`; `from` and `to` are line numbers
 * from 0, both included.
 */
export function regionsOf(file, text) {
  const lines = text.split('\n');
  if (file.endsWith('.md')) return [markdown(lines)];
  if (file.endsWith('.py')) return python(lines);
  const comments = SCRIPTS.has(path.extname(file)) ? scriptComments(file, text) : braceComments(text);
  return regionsOfComments(lines, text, comments);
}

function markdown(lines) {
  let from = 0;
  if (lines[0] === '---') from = lines.indexOf('---', 1) + 1;
  const heads = lines.slice(from).map(() => '');
  return { kind: 'markdown', from, to: lines.length - 1, heads, bodies: lines.slice(from) };
}

/**
 * Each comment of a script as [start, end), and the tokens of more than one line; found by the compiler, so
 * no string or pattern is mistaken for a comment.
 */
function scriptComments(file, text) {
  const kind = file.endsWith('.tsx')
    ? ts.ScriptKind.TSX
    : /\.[mc]?js$/.test(file)
      ? ts.ScriptKind.JS
      : ts.ScriptKind.TS;
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, kind);
  const found = new Map();
  const tokens = [];
  const visit = (node) => {
    const isDocNode = node.kind >= ts.SyntaxKind.FirstJSDocNode && node.kind <= ts.SyntaxKind.LastJSDocNode;
    if (node.kind === ts.SyntaxKind.JsxText || isDocNode) return;
    if (node.kind <= ts.SyntaxKind.LastToken) {
      const token = [node.getStart(source, false), node.end];
      if (text.slice(...token).includes('\n')) tokens.push(token);
      const before = [
        ts.getTrailingCommentRanges(text, node.pos),
        ts.getLeadingCommentRanges(text, node.pos),
      ];
      for (const { pos, end } of before.flatMap((ranges) => ranges ?? [])) found.set(pos, [pos, end]);
    }
    for (const child of node.getChildren(source)) visit(child);
  };
  visit(source);
  return { comments: [...found.values()].sort(([a], [b]) => a - b), tokens };
}

/** Each comment of a C++ text; strings and characters are skipped. */
function braceComments(text) {
  const pattern = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g;
  const comments = [...text.matchAll(pattern)]
    .filter(([match]) => match.startsWith('/'))
    .map(({ 0: match, index }) => [index, index + match.length]);
  return { comments, tokens: [] };
}

function regionsOfComments(lines, text, { comments, tokens }) {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const lineOf = (pos) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle] <= pos) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  const regions = [];
  for (const [pos, end] of comments) {
    const from = lineOf(pos);
    const to = lineOf(end - 1);
    const comment = text.slice(pos, end);
    const before = lines[from].slice(0, pos - starts[from]);
    const isAlone = before.trim() === '' && lines[to].slice(end - starts[to]).trim() === '';
    if (comment.startsWith('//'))
      addLineComment(regions, { from, before, comment, isAlone, tokens, start: starts[from] });
    else if (isAlone && comment.startsWith('/**')) {
      const region = block(comment, before, from, to);
      if (region) regions.push(region);
    }
  }
  return regions;
}

function addLineComment(regions, { from, before, comment, isAlone, tokens, start }) {
  const body = comment.replace(/^\/\/ ?/, '');
  if (DIRECTIVE.test(body)) return;
  if (!isAlone) {
    // No comment may be written above a line that begins inside a template.
    if (tokens.some(([pos, end]) => start > pos && start < end)) return;
    const indent = /^ */.exec(before)[0];
    regions.push({
      kind: 'trailing',
      from,
      to: from,
      code: before.trimEnd(),
      heads: [`${indent}// `],
      bodies: [body],
    });
    return;
  }
  const head = `${before}// `;
  const last = regions.at(-1);
  if (last?.kind === 'line' && last.to === from - 1 && last.heads[0] === head) {
    last.to = from;
    last.heads.push(head);
    last.bodies.push(body);
  } else regions.push({ kind: 'line', from, to: from, heads: [head], bodies: [body] });
}

/** A `/**` comment whose lines all begin with an asterisk; undefined for others. */
function block(comment, indent, from, to) {
  const inner = comment.slice(3, -2);
  const [first, ...rest] = inner.split('\n');
  const bodies = [first.trim()];
  for (const [index, line] of rest.entries()) {
    const isLast = index === rest.length - 1;
    if (isLast && line.trim() === '') break;
    const match = /^\s*\*(?: (.*)|)$/.exec(line.trimEnd());
    if (!match) return undefined;
    bodies.push(match[1] ?? '');
  }
  if (rest.length > 0 && bodies[0] === '') bodies.shift();
  return { kind: 'block', from, to, indent, heads: bodies.map(() => `${indent} * `), bodies };
}

function python(lines) {
  const regions = [];
  let quote;
  let docstring;
  for (const [index, line] of lines.entries()) {
    const indent = /^ */.exec(line)[0];
    const count = (mark) => line.split(mark).length - 1;
    if (quote) {
      docstring?.bodies.push(line.slice(docstring.indent.length));
      if (count(quote) % 2 === 1) {
        if (docstring)
          regions.push({ ...docstring, to: index, heads: docstring.bodies.map(() => docstring.indent) });
        quote = docstring = undefined;
      }
      continue;
    }
    const mark = ['"""', "'''"].find((each) => count(each) % 2 === 1);
    if (mark) {
      quote = mark;
      const previous = lines.slice(0, index).findLast((each) => each.trim() !== '' && !each.startsWith('#'));
      const isDocstring =
        line.trimStart().startsWith(mark) && (previous === undefined || previous.trimEnd().endsWith(':'));
      if (isDocstring)
        docstring = { kind: 'docstring', from: index, indent, bodies: [line.slice(indent.length)] };
      continue;
    }
    const comment = /^ *# ?(.*)$/.exec(line);
    if (!comment || line.startsWith('#!') || DIRECTIVE.test(comment[1])) continue;
    const head = `${indent}# `;
    const last = regions.at(-1);
    if (last?.kind === 'line' && last.to === index - 1 && last.heads[0] === head) {
      last.to = index;
      last.heads.push(head);
      last.bodies.push(comment[1]);
    } else regions.push({ kind: 'line', from: index, to: index, heads: [head], bodies: [comment[1]] });
  }
  return regions;
}

/**
 * The paragraphs of a region's bodies, each a run of lines `from` to `to` (included) that are wrapped
 * together. Tables, fenced code, indented code, headings, Markdown's quotations, link definitions, HTML, and
 * indented text in a comment are no paragraphs.
 */
export function paragraphsOf(bodies, { isMarkdown = false } = {}) {
  const paragraphs = [];
  let fence;
  let html = false;
  let current;
  let list = 0;
  for (const [index, body] of bodies.entries()) {
    const mark = /^\s*(`{3,}|~{3,})/.exec(body)?.[1];
    if (mark && (fence === undefined || mark.startsWith(fence))) {
      fence = fence === undefined ? mark : undefined;
      current = undefined;
      continue;
    }
    if (fence !== undefined) continue;
    if (body.includes('<!--')) html = true;
    const isHtml = html;
    if (body.includes('-->')) html = false;
    const indent = /^ */.exec(body)[0].length;
    if (body.trim() === '') {
      current = undefined;
      continue;
    }
    const item = /^( *)((?:[-*+]|\d+[.)]) +)/.exec(body);
    if (item) list = indent + item[2].length;
    else if (indent === 0 && !current) list = 0;
    const isCode = !current && !item && indent >= (isMarkdown ? list + 4 : list + 2);
    const isSetOff =
      !isMarkdown &&
      (/\S {3,}\S/.test(body) || (current && !item && indent >= current.indent + current.hang + 2));
    const isVerbatim =
      isSetOff ||
      isHtml ||
      isCode ||
      (isMarkdown && /^ *>/.test(body)) ||
      /^ *(?:\||#{1,6} |<\/?[a-z]|\[[^\]]+\]: |---|===|\$\$)/.test(body);
    const tag = !isMarkdown && /^@\w+/.test(body);
    if (isVerbatim) {
      current = undefined;
      continue;
    }
    if (!current || item || tag) {
      current = { from: index, to: index, indent, hang: item ? item[2].length : tag ? 2 : 0 };
      paragraphs.push(current);
    } else {
      current.to = index;
      if (index === current.from + 1 && !isMarkdown && indent >= current.indent)
        current.hang = indent - current.indent;
    }
    if (/( {2,}|\\)$/.test(body) && isMarkdown) current = undefined;
  }
  return paragraphs;
}
