// Checks that the diagram in docs/architecture.md matches the imports of our sources, and that the page names
// every package, app and example.
//
//     node scripts/check-diagram.mjs            # fails where the page differs
//     node scripts/check-diagram.mjs --write    # draws the diagram again
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { root } from './lib.mjs';

const PAGE = 'docs/architecture.md';
const BEGIN = '<!-- drawn by scripts/check-diagram.mjs: begin -->';
const END = '<!-- end -->';

const foldersOf = (folder) =>
  readdirSync(path.join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

/** The packages of ours that the sources in a folder import. */
function importsOf(folder) {
  const imported = new Set();
  for (const file of readdirSync(path.join(root, folder), { recursive: true })) {
    if (!/^src[/\\].*\.tsx?$/.test(file)) continue;
    const text = readFileSync(path.join(root, folder, file), 'utf8');
    for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles) {
      const name = /^@unrolled\/([\w-]+)/.exec(fileName)?.[1];
      if (name && !folder.endsWith(`/${name}`)) imported.add(name);
    }
  }
  return imported;
}

const packages = foldersOf('packages');
const direct = new Map(packages.map((name) => [name, importsOf(`packages/${name}`)]));
const reaches = (from, to) => [...(direct.get(from) ?? [])].some((next) => next === to || reaches(next, to));
/** Leaves out arrows that follow from others: everything imports `errors`, mostly through another package. */
const reduced = (imported) =>
  [...imported].filter((to) => ![...imported].some((via) => via !== to && reaches(via, to)));

const byTargets = new Map();
for (const [name, imported] of direct) {
  const targets = reduced(imported).sort().join(' & ');
  if (targets) byTargets.set(targets, [...(byTargets.get(targets) ?? []), name]);
}
const arrows = [...byTargets]
  .map(([targets, names]) => `  ${names.sort().join(' & ')} --> ${targets}`)
  .sort();
const alone = packages.filter(
  (name) => direct.get(name).size === 0 && ![...direct.values()].some((each) => each.has(name)),
);
const diagram = ['```mermaid', 'flowchart BT', ...alone.map((name) => `  ${name}`), ...arrows, '```'].join(
  '\n',
);

const file = path.join(root, PAGE);
const page = readFileSync(file, 'utf8');
const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
const problems = [];
if (from < 0 || to < from) problems.push(`${PAGE}: has no ${BEGIN}`);
const drawn = `${page.slice(0, from)}${BEGIN}\n\n${diagram}\n\n${page.slice(to)}`;
if (process.argv.includes('--write')) writeFileSync(file, drawn);
else if (drawn !== page)
  problems.push(`${PAGE}: the diagram does not match the imports: node scripts/check-diagram.mjs --write`);
for (const folder of ['packages', 'apps', 'examples'])
  for (const name of foldersOf(folder))
    if (!page.includes(`(../${folder}/${name})`)) problems.push(`${PAGE}: does not link ${folder}/${name}`);
for (const problem of problems) console.error(problem);
console.log(`diagram: ${packages.length} packages, ${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);
