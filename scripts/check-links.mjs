// Checks the links in the documents: every relative link in a Markdown file must lead to a file,
// every #anchor to a heading, and every path in code must exist. Decisions may name files that have been
// removed since. The pages that newcomers look for must be at most two clicks from the README. The check uses
// no network.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { root } from './lib.mjs';
import { brokenLinks } from './links.mjs';
import { farFromReadme, wantedOf } from './two-clicks.mjs';

const FOLDERS = ['apps', 'bench', 'docs', 'examples', 'fixtures', 'packages', 'scripts', 'tests'];
const SKIPPED = new Set(['node_modules', 'dist', '.turbo', '.examples', 'api']);

function* documents(folder) {
  for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
    const name = path.posix.join(folder, entry.name);
    if (entry.isDirectory() && !SKIPPED.has(entry.name)) yield* documents(name);
    else if (entry.isFile() && entry.name.endsWith('.md') && entry.name !== 'CHANGELOG.md') yield name;
  }
}

const atRoot = readdirSync(root).filter((name) => name.endsWith('.md'));
const files = [...atRoot, ...FOLDERS.flatMap((folder) => [...documents(folder)])];
const problems = files.flatMap((file) =>
  brokenLinks(root, file, { codeSpans: !file.startsWith('docs/decisions/') }),
);
problems.push(...farFromReadme(root, wantedOf(root)));
// A check of nothing must fail.
if (files.length < 10) problems.push(`expected the documents, found ${files.length}`);
for (const problem of problems) console.error(problem);
console.log(`links: ${files.length} documents, ${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);
