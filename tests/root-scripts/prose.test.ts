import { expect, test } from 'vitest';
// @ts-expect-error A script, without types.
import { problemsOf } from '../../scripts/prose/problems.mjs';
// @ts-expect-error A script, without types.
import { wrap } from '../../scripts/prose/wrap.mjs';

const long = 'A sentence of ten short words that stands in here. '.repeat(4).trim();
const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));
const wrapped = (file: string, text: string) => {
  const once: string = wrap(file, text);
  expect(wrap(file, once)).toBe(once);
  return once;
};

test.each([
  ['a paragraph', 'a.md', `${long}\n`],
  ['a list item', 'a.md', `- ${long}\n- next\n`],
  ['a doc comment of one line', 'a.ts', `  /** ${long} */\n  const a = 1;\n`],
  ['a doc comment', 'a.ts', `/**\n * ${long}\n *\n * @param a ${long}\n */\nexport const f = (a) => a;\n`],
  ['a comment behind code', 'a.ts', `const a = 1; // ${long}\n`],
  ['a comment of C++', 'a.h', `// ${long}\nint a;\n`],
  ['a comment of Python', 'a.py', `# ${long}\na = 1\n`],
])('%s is wrapped, and keeps its words', (_, file, text) => {
  const words = (of: string) => of.replaceAll(/[*/#\s]+/g, ' ').trim();
  const result = wrapped(file, text);
  expect(widest(result)).toBeLessThanOrEqual(110);
  if (!text.includes('behind'))
    expect(words(result).split(' ').sort()).toEqual(words(text).split(' ').sort());
});

test('a list item hangs, and a tag too', () => {
  expect(wrapped('a.md', `- ${long}\n`).split('\n')[1]).toMatch(/^ {2}\w/);
  expect(wrapped('a.ts', `/**\n * @param a ${long}\n */\n`).split('\n')[2]).toMatch(/^ \* {3}\w/);
});

test.each([
  ['a table', 'a.md', `| ${long} | b |\n|---|---|\n`],
  ['fenced code', 'a.md', `\`\`\`sh\n${long}\n\`\`\`\n`],
  ['a heading', 'a.md', `# ${long}\n`],
  ['a link definition', 'a.md', `[a]: https://example.com "${long}"\n`],
  ['a quotation', 'a.md', `> ${long}\n`],
  ['front matter', 'a.md', `---\ntitle: ${long}\n---\n`],
  ['a string', 'a.ts', `const a = '// ${long}';\n`],
  ['a template', 'a.ts', `const a = \`\n// ${long}\n\${b}; // ${long}\n\`;\n`],
  ['a pattern', 'a.ts', `const a = /\\/\\/ ${long}/;\n`],
  ['text of a page', 'a.tsx', `const a = <p>// ${long}</p>;\n`],
  ['a note to a tool', 'a.ts', `// biome-ignore lint: ${long}\nconst a = 1;\n`],
  ['a string of Python', 'a.py', `a = f("""\n# ${long}\n""")\n`],
  ['an equation', 'a.ts', `/**\n * The gates:\n *     i = σ(x·W + h·R)    ${long}\n */\n`],
])('%s stays', (_, file, text) => {
  expect(wrapped(file, text)).toBe(text);
});

test('a word that would begin a list, a heading or a tag is not put first', () => {
  const text = `${'word '.repeat(21)}some - more ${'word '.repeat(21)}some @unrolled/cells ${'w '.repeat(30)}${'some [B, O]: more words '.repeat(20)}\n`;
  for (const file of ['a.md', 'a.ts'])
    for (const line of wrapped(file, file === 'a.ts' ? `/** ${text.trim()} */\n` : text).split('\n'))
      expect(line).not.toMatch(/^(?: \* )?(?:-|@|\[)/);
});

test('spans of code and shapes are not cut', () => {
  const text = `${'word '.repeat(20)}\`node script --option\` ${'word '.repeat(17)}[B, T, I] end\n`;
  const result = wrapped('a.md', text);
  expect(result).toContain('`node script --option`');
  expect(result).toContain('[B, T, I]');
});

test.each([
  ['a line that is too wide', `${long}\n`, 'characters'],
  ['a phrase', 'It fails aloud.\n', 'aloud'],
  ['a phrase over two lines', 'Runs so\nmany steps.\n', 'so many'],
  ['a phrase in a table', '| done by hand |\n', 'by hand'],
  [
    'a sentence that begins with what it is about',
    'First. What a page loads is small.\n',
    'begin with the subject',
  ],
  ['a misspelt word', 'A sentance.\n', 'sentance'],
])('the check finds %s', (_, text, expected) => {
  const isSpelt = (word: string) => word !== 'sentance';
  const problems = problemsOf('a.md', text, isSpelt) as { problem: string }[];
  expect(problems.map(({ problem }) => problem).join('\n')).toContain(expected);
});

test.each(['What is a gate?\n', '`aloud`\n', 'Read [it](so-many.md).\n', '```\nso many\n```\n'])(
  'the check lets %j pass',
  (text) => {
    expect(problemsOf('a.md', text)).toEqual([]);
  },
);

test('a decision page has its four parts', () => {
  const page = (parts: string[]) =>
    `# A decision\n\n${parts.map((part) => `## ${part}\n\nText.\n`).join('\n')}`;
  const whole = ['Decided', 'Why', 'Measured', 'What would change our mind'];
  expect(problemsOf('docs/decisions/2026-11-30-a.md', page(whole))).toEqual([]);
  expect(problemsOf('docs/decisions/2026-11-30-a.md', page(whole.slice(1)))).toHaveLength(1);
  expect(problemsOf('docs/guides/a.md', page([]))).toEqual([]);
});

test.each([
  ['has a blank line below its first row', '| a | b |\n\n|---|---|\n| c | d |\n', 1, 'line of dashes'],
  ['has a row with a cell too few', '| a | b |\n|---|---|\n| c |\n', 3, '1 cells below one of 2'],
])('a table that %s is found', (_, text, line, problem) => {
  expect(problemsOf('a.md', text)).toContainEqual({ line, problem: expect.stringContaining(problem) });
});

test('a whole table is none, with bars in code and escaped ones', () => {
  expect(problemsOf('a.md', '| a | b |\n|---|--:|\n| `x | y` | c \\| d |\n')).toEqual([]);
});
