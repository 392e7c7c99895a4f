/**
 * npm run coverage: measures which share of each package's sources its own tests run, and compares it with
 * the minimum in scripts/coverage-floors.json. Code in worker threads, in WebAssembly and in separate
 * programs is not measured. Each package and app must have a minimum.
 *
 *     npm run coverage                                    # all
 *     npm run coverage -- packages/losses packages/data   # some
 *     npm run coverage -- --write                         # sets the floors of what is measured a little below it
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { buildGenerated } from './build.mjs';
import { fail, root, run } from './lib.mjs';

const KINDS = ['lines', 'branches', 'functions'];
/**
 * Distance in percentage points between a measured value and the minimum that is written, so a small edit
 * does not fail.
 */
const SLACK = 1;

const floorsFile = path.join(root, 'scripts', 'coverage-floors.json');
const reports = path.join(root, 'node_modules', '.cache', 'unrolled', 'coverage');
const write = process.argv.includes('--write');
const asked = process.argv.slice(2).filter((argument) => argument !== '--write');

const folders = ['packages', 'apps'].flatMap((kind) =>
  readdirSync(path.join(root, kind))
    .map((name) => `${kind}/${name}`)
    .filter((folder) => existsSync(path.join(root, folder, 'src'))),
);
const unknown = asked.filter((folder) => !folders.includes(folder));
if (unknown.length > 0)
  fail(`[unrolled/coverage] expected some of ${folders.join(', ')}, got ${unknown.join(', ')}`);

await bootstrap();
await buildGenerated();
const floors = existsSync(floorsFile) ? JSON.parse(readFileSync(floorsFile, 'utf8')) : {};
const problems = Object.keys(floors)
  .filter((folder) => !folders.includes(folder))
  .map((folder) => `${folder}: has a floor but no sources`);
const rows = [];
for (const folder of asked.length > 0 ? asked : folders) {
  const measured = await measure(folder);
  if (!measured) {
    problems.push(`${folder}: its tests failed, see above`);
    continue;
  }
  if (write) floors[folder] = floorsOf(measured);
  const floor = floors[folder];
  if (!floor) problems.push(`${folder}: has no floor: npm run coverage -- ${folder} --write`);
  for (const kind of KINDS)
    if (floor && !(measured[kind] >= floor[kind]))
      problems.push(`${folder}: expected ${kind} of at least ${floor[kind]} %, got ${measured[kind]} %`);
  rows.push([folder, ...KINDS.map((kind) => `${measured[kind].toFixed(1)} (${floor?.[kind] ?? 'none'})`)]);
}
if (write) writeFloors();

for (const [name, ...cells] of [['% run, and its floor', ...KINDS], ...rows])
  process.stdout.write(`${name.padEnd(26)}${cells.map((cell) => cell.padStart(15)).join('')}\n`);
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stdout.write(`coverage: ${rows.length} measured, ${problems.length} problems\n`);
process.exit(problems.length > 0 ? 1 : 0);

/** The percentages that the folder's own tests run, by kind; undefined if they fail. */
async function measure(folder) {
  const directory = path.join(reports, folder.replace('/', '-'));
  rmSync(directory, { recursive: true, force: true });
  if (!existsSync(path.join(root, folder, 'test'))) return Object.fromEntries(KINDS.map((kind) => [kind, 0]));
  process.stdout.write(`\n--- ${folder}\n`);
  mkdirSync(directory, { recursive: true });
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const options = [
    '--reporter=dot',
    '--coverage.enabled',
    '--coverage.provider=v8',
    `--coverage.include=${folder}/src/**`,
    '--coverage.exclude=**/generated/**',
    '--coverage.reporter=json-summary',
    `--coverage.reportsDirectory=${directory}`,
  ];
  const { code, signal } = await run(process.execPath, [vitest, 'run', `${folder}/test`, ...options], {
    stdio: 'inherit',
    env: { ...process.env },
  });
  if (signal) process.exit(130);
  const summary = path.join(directory, 'coverage-summary.json');
  if (code !== 0 || !existsSync(summary)) return undefined;
  const { total } = JSON.parse(readFileSync(summary, 'utf8'));
  return Object.fromEntries(KINDS.map((kind) => [kind, total[kind].pct]));
}

function floorsOf(measured) {
  return Object.fromEntries(KINDS.map((kind) => [kind, Math.max(0, Math.floor(measured[kind] - SLACK))]));
}

/** One line for each folder, in order. Floors of removed folders are deleted. */
function writeFloors() {
  const lines = folders
    .filter((folder) => floors[folder])
    .map((folder) => {
      const kinds = KINDS.map((kind) => `"${kind}": ${floors[folder][kind]}`).join(', ');
      return `  "${folder}": { ${kinds} }`;
    });
  writeFileSync(floorsFile, `{\n${lines.join(',\n')}\n}\n`);
}
