// Checks our prose, in Markdown and in comments, against docs/style.md: width, phrases to avoid, spelling.
// `node scripts/check-prose.mjs PATHS` checks some files only; without a path, every file that git knows.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './lib.mjs';
import { isProse } from './prose/passages.mjs';
import { problemsOf, speller } from './prose/problems.mjs';

/** The style page and the list quote the phrases to avoid; a change log is written by the release. */
const EXEMPT = /^docs\/style\.md$|^scripts\/prose\/|^tests\/root-scripts\/prose|CHANGELOG\.md$|\/generated\//;

const paths = process.argv.slice(2).map((each) => path.relative(root, path.resolve(each)) || '.');
const listed = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...paths],
  { cwd: root, encoding: 'utf8' },
);
const files = listed.split('\n').filter((name) => isProse(name) && !EXEMPT.test(name));
const isSpelt = await speller();
let count = 0;
for (const file of files)
  for (const { line, problem } of problemsOf(file, readFileSync(path.join(root, file), 'utf8'), isSpelt)) {
    console.error(`${file}:${line}: ${problem}`);
    count += 1;
  }
// A check of nothing must fail.
if (files.length === 0) console.error('prose: expected files to check, found none');
console.log(`prose: ${files.length} files, ${count} problems`);
process.exit(count > 0 || files.length === 0 ? 1 : 0);
