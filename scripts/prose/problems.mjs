// The problems that the check of our prose finds in a file: see docs/style.md.
import { readFileSync } from 'node:fs';
import { paragraphsOf, regionsOf } from './passages.mjs';
import { lengthOf, WIDTH, words } from './wrap.mjs';

/** Words and phrases that we do not write, with their replacements. */
const PHRASES = [
  [/\baloud\b/i, 'say what is printed, reported or thrown'],
  [/\bword of it\b/i, 'name the record or the message'],
  [/\bby hand\b/i, '“manually”, or say who does it'],
  [/\bso many\b/i, 'name the number: “this many steps”, “`count` rows”'],
  [/\banew\b/i, '“again”, or “new”'],
  [/\bbusy for\b/i, 'give the time and what happens in it'],
  [/\bthat none can be\b/i, '“impossible”'],
  [/\bin the midst\b/i, '“during”, “inside”'],
  [/\bas it were\b/i, 'leave it out'],
  [/\b(?:hitherto|thereof|whereof|betimes|henceforth)\b/i, 'a word of today'],
  [
    /(?:^|[.!?:] )What\b[^.?!:`]*\b(?:is|are|was|were)\b[^.?!:`]*\./,
    'begin with the subject: “X is …”, not “What … is …”',
  ],
];

/** The parts of a page in docs/decisions, in this order. */
const PARTS = ['Decided', 'Why', 'Measured', 'What would change our mind'];

const wordsOf = (file) =>
  readFileSync(new URL(file, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

/** A spelling check: British English, and the words of words.txt. */
export async function speller() {
  const [{ default: nspell }, { default: dictionary }] = await Promise.all([
    import('nspell'),
    import('dictionary-en-gb'),
  ]);
  const spell = nspell(dictionary);
  const own = new Set(wordsOf('words.txt').map((word) => word.toLowerCase()));
  const known = new Map();
  return (word) => {
    if (!known.has(word)) known.set(word, own.has(word.toLowerCase()) || spell.correct(word));
    return known.get(word);
  };
}

/** Text without code, addresses, file names, formulas and quoted messages. */
const plain = (text) =>
  text
    .replaceAll(/`+[^`]*`+/g, ' `` ')
    .replaceAll(/\{@\w+ [^}]*\}/g, ' ')
    .replaceAll(/\]\([^)]*\)/g, '] ')
    .replaceAll(/https?:\S+/g, ' ');

/**
 * Words that can be misspelt: of three or more lower-case letters. Names, units and identifiers are skipped.
 */
const spelt = (text) =>
  [...text.matchAll(/(?<![\w./@:\\$%-])\p{L}[\p{L}’']*(?![\w/@\\$(=]|[.:]\w)/gu)]
    .map(([word]) => word.replace(/['’]s?$/, ''))
    .filter((word) => word.length > 2 && /^[\p{Ll}’']+$/u.test(word) && /^[\w’']+$/.test(word));

/** Rows that Markdown shows as text, because their table has no line of dashes or another number of cells. */
function tableProblems(bodies) {
  const cells = (row) => row.replaceAll(/`+[^`]*`+|\\\|/g, '').split('|').length - 2;
  return bodies.flatMap((body, row) => {
    if (!body.startsWith('|')) return [];
    if (bodies[row - 1]?.startsWith('|')) {
      const [want, got] = [cells(bodies[row - 1]), cells(body)];
      return want === got ? [] : [{ row, problem: `a row of ${got} cells below one of ${want}` }];
    }
    return /^\|[\s:|-]+\|$/.test(bodies[row + 1] ?? '')
      ? []
      : [{ row, problem: 'a table without a line of dashes below its first row' }];
  });
}

/** Each problem of a file, `line: text`, lines from 1. `isSpelt` may be left out. */
export function problemsOf(file, text, isSpelt) {
  const problems = [];
  const add = (line, problem) => problems.push({ line: line + 1, problem });
  const lines = text.split('\n');
  if (/^docs\/decisions\/[^/]+\.md$/.test(file)) {
    const parts = lines.filter((line) => line.startsWith('## ')).map((line) => line.slice(3));
    if (parts.join() !== PARTS.join())
      add(0, `its parts are not ${PARTS.map((part) => `“${part}”`).join(', ')}`);
  }
  for (const { kind, from, to, bodies } of regionsOf(file, text)) {
    const isMarkdown = kind === 'markdown';
    const paragraphs = paragraphsOf(bodies, { isMarkdown });
    const first = kind === 'block' && bodies.length < to - from + 1 ? from + 1 : from;
    const isParagraph = (index) => paragraphs.some((each) => index >= each.from && index <= each.to);
    for (let line = from; line <= to; line++) {
      const isPart = kind === 'trailing' || isParagraph(line - first) || (line < first && kind === 'block');
      if (lengthOf(lines[line]) > WIDTH && isPart && words(bodies[line - first] ?? bodies[0]).length > 1)
        add(line, `${lengthOf(lines[line])} characters; the width is ${WIDTH} (npm run wrap -- ${file})`);
    }
    if (isMarkdown) for (const { row, problem } of tableProblems(bodies)) add(first + row, problem);
    const rows = bodies.flatMap((body, index) =>
      /^ *(?:\||#{1,6} )/.test(body) ? [{ from: index, to: index }] : [],
    );
    for (const paragraph of [...paragraphs, ...(isMarkdown ? rows : [])]) {
      const sentence = plain(bodies.slice(paragraph.from, paragraph.to + 1).join(' '));
      for (const [pattern, instead] of PHRASES) {
        const found = pattern.exec(sentence)?.[0].trim();
        if (found) add(first + paragraph.from, `“${found.slice(0, 60)}”: ${instead}`);
      }
    }
    if (isSpelt)
      for (const [index, body] of bodies.entries())
        if (isParagraph(index))
          for (const word of spelt(plain(body)))
            if (!isSpelt(word)) add(first + index, `“${word}” is in no dictionary (scripts/prose/words.txt)`);
  }
  return problems;
}
