// npm run wrap -- PATHS: wraps comments and Markdown paragraphs that have a line of more than 110 characters.
// Code, tables, links, fenced code and paragraphs without such a line stay unchanged. Without a path it wraps
// every file that git knows.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './lib.mjs';
import { isProse } from './prose/passages.mjs';
import { wrap } from './prose/wrap.mjs';

const paths = process.argv.slice(2).map((each) => path.relative(root, path.resolve(each)) || '.');
const listed = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...paths],
  { cwd: root, encoding: 'utf8' },
);
let changed = 0;
for (const file of listed.split('\n').filter((name) => isProse(name) && !name.includes('/generated/'))) {
  const text = readFileSync(path.join(root, file), 'utf8');
  const wrapped = wrap(file, text);
  if (wrapped === text) continue;
  writeFileSync(path.join(root, file), wrapped);
  changed += 1;
}
console.log(`wrap: ${changed} files changed`);
