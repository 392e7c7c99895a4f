import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
// @ts-expect-error A script, without types.
import { anchorsOf, brokenLinks, linksOf } from '../../scripts/links.mjs';
// @ts-expect-error A script, without types.
import { farFromReadme } from '../../scripts/two-clicks.mjs';

let repository: string;
beforeAll(async () => {
  repository = await mkdtemp(path.join(tmpdir(), 'unrolled-links-'));
  await mkdir(path.join(repository, 'docs', 'guides'), { recursive: true });
  await mkdir(path.join(repository, 'packages', 'cells'), { recursive: true });
  await writeFile(
    path.join(repository, 'README.md'),
    '# Top\n\n## A `code` part, and more!\n\n## Twice\n\n## Twice\n',
  );
  await writeFile(path.join(repository, 'packages', 'cells', 'README.md'), '# Cells\n');
});
afterAll(() => rm(repository, { recursive: true, force: true }));

/** The problems of a guide with this text. */
async function problemsOf(text: string): Promise<string[]> {
  await writeFile(path.join(repository, 'docs', 'guides', 'guide.md'), text);
  return brokenLinks(repository, 'docs/guides/guide.md');
}

test.each([
  ['a file', '[top](../../README.md)'],
  ['a folder', '[cells](../../packages/cells)'],
  ['a heading', '[part](../../README.md#a-code-part-and-more)'],
  ['the second heading of a name', '[again](../../README.md#twice-1)'],
  ["a folder's README", '[cells](../../packages/cells#cells)'],
  ['its own heading', '# Here\n\n[up](#here)'],
  [
    'the repository, by its address',
    '<https://github.com> [c](https://github.com/unrolled-js/unrolled/blob/main/README.md#top)',
  ],
  ['another site', '[other](https://example.com/none) [mail](mailto:nobody@example.com)'],
  ['nothing, in a code block', '```md\n[gone](gone.md)\n```'],
  ['nothing, in a code span', '`[gone](gone.md)`'],
  ['nothing, in a comment', '<!-- [gone](gone.md) -->'],
  ['a file, with a title', '[top](../../README.md "The top")'],
  ['a file, in code', '`packages/cells/README.md`'],
  ['many files, in code', '`packages/*/src` and `npm run packages/none`'],
])('accepts %s', async (_name, text) => {
  expect(await problemsOf(text)).toEqual([]);
});

test.each([
  ['a file', '[gone](gone.md)', 'gone.md: no such file'],
  ['an image', '![plot](figures/plot.svg)', 'figures/plot.svg: no such file'],
  ['a definition', '[text][gone]\n\n[gone]: ./gone.md', './gone.md: no such file'],
  ['an attribute', '<img src="gone.svg">', 'gone.svg: no such file'],
  ['a heading', '[part](../../README.md#b-part)', '../../README.md#b-part: no such heading'],
  [
    'a third heading of a name',
    '[part](../../README.md#twice-2)',
    '../../README.md#twice-2: no such heading',
  ],
  ['its own heading', '[up](#above)', '#above: no such heading'],
  ['what is outside', '[out](../../../elsewhere.md)', '../../../elsewhere.md: leads out of the repository'],
  [
    'the repository, by its address',
    '[c](https://github.com/unrolled-js/unrolled/blob/main/gone.md)',
    'https://github.com/unrolled-js/unrolled/blob/main/gone.md: no such file',
  ],
  ['a file, in code', '`packages/cells/src/gone.ts`', '`packages/cells/src/gone.ts`: no such file'],
])('refuses %s that is not there', async (_name, text, problem) => {
  const found = await problemsOf(text);
  expect(found.map((line) => line.replace(/^docs\/guides\/guide\.md:\d+: /, ''))).toEqual([problem]);
});

test('names the line', async () => {
  expect(await problemsOf('# Here\n\ntext\n[gone](gone.md)\n')).toEqual([
    'docs/guides/guide.md:4: gone.md: no such file',
  ]);
});

test('finds several links of one line, and what a link encloses', () => {
  expect(linksOf('[![badge](a.svg)](b.md) and [c](c.md)').links).toEqual([
    { line: 1, target: 'a.svg' },
    { line: 1, target: 'b.md' },
    { line: 1, target: 'c.md' },
  ]);
});

test('takes no comment of a shell for a heading', () => {
  expect([...anchorsOf('# Über die Größe\n\n```sh\n# not me\n```\n')]).toEqual(['über-die-größe']);
});

test('a thing that is more than two clicks from the README is named', async () => {
  const page = (name: string, text: string) => writeFile(path.join(repository, name), text);
  await mkdir(path.join(repository, 'clicks'));
  const wanted = { near: 'clicks/near.md', far: 'clicks/far.md', folder: 'packages/cells' };
  await page('README.md', '# Top\n\n[first](clicks/first.md) [cells](packages/cells)\n');
  await page('clicks/first.md', '[near](near.md#part)\n');
  await page('clicks/near.md', '# Near\n\n## Part\n\n[far](far.md)\n');
  await page('clicks/far.md', '# Far\n');
  expect(farFromReadme(repository, wanted)).toEqual([expect.stringContaining('far (clicks/far.md)')]);
});
