// npm run test:platforms -- --registry ADDRESS (--only runtimes|installs --keep): tries the packages of a
// registry on every runtime and with every package manager. `npm run release:dry -- --platforms` runs it with
// its own registry. `--write` puts the results into docs/release-rehearsal.md. Ends with
// `platforms: N passed, N failed, N skipped`.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fail } from '../lib.mjs';
import { writeTable } from '../release/table.mjs';
import { tryInstalls } from './installs.mjs';
import { runCommand } from './processes.mjs';
import { tryRuntimes } from './runtimes.mjs';

const { values } = parseArgs({
  options: {
    registry: { type: 'string' },
    only: { type: 'string' },
    'without-native': { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const { registry, only } = values;
if (!registry)
  fail(
    '[unrolled/platforms] expected the address of a registry, got none: pass --registry, or run npm run release:dry -- --platforms, which starts one',
  );
const hasNative = !values['without-native'];
const trial = path.join(path.dirname(fileURLToPath(import.meta.url)), 'trial');
const folder = mkdtempSync(path.join(os.tmpdir(), 'unrolled-platforms-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const counts = { passed: 0, failed: 0, skipped: 0 };
/** The trials of each row of the page's tables. */
const rows = { installs: new Map(), runtimes: new Map() };

if (only !== 'runtimes')
  await tryInstalls({ trial, folder: path.join(folder, 'installs'), registry, hasNative, report });
if (only !== 'installs' && hasNative) {
  await tryRuntimes({ install, folder: path.join(folder, 'runtimes'), report });
} else if (only !== 'installs')
  await report('runtimes', undefined, { skipped: 'no native packages were built here' });
if (values.write)
  for (const [part, found] of Object.entries(rows))
    if (found.size > 0)
      writeTable(
        part,
        [...found].map(([name, row]) => ({ name, version: row.version, result: resultOf(row) })),
        { isWhole: true },
      );
process.stdout.write(
  `platforms: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`,
);
process.exit(counts.failed > 0 ? 1 : 0);

/** Installs the trial with npm. @returns its folder */
function install(name, ...options) {
  const project = path.join(folder, name);
  cpSync(trial, project, { recursive: true });
  writeFileSync(path.join(project, '.npmrc'), `registry=${registry}\n`);
  const args = ['install', '--no-audit', '--no-fund', '--loglevel=error', ...options];
  const env = { ...process.env, npm_config_cache: path.join(folder, 'cache') };
  const { status, stderr } = runCommand('npm', args, { cwd: project, env, timeout: 300_000 });
  if (status !== 0) fail(`[unrolled/platforms] npm install ended with ${status}: ${stderr}`);
  return project;
}

function resultOf({ passed, failed, skipped }) {
  const parts = [
    passed > 0 && `${passed} passed`,
    failed > 0 && `${failed} failed`,
    skipped.length > 0 && `${skipped.length} skipped: ${[...new Set(skipped)].join('; ')}`,
  ];
  return parts.filter(Boolean).join(', ');
}

/**
 * Runs one trial and prints its outcome. Without `work` the trial is skipped, and the reason is printed.
 *
 * @param row where it is counted in the page's tables: the part, the name and the version
 */
async function report(name, work, { skipped, row } = {}) {
  const started = performance.now();
  let outcome = 'passed';
  let words = '';
  try {
    if (work) await work();
    else [outcome, words] = ['skipped', `: ${skipped}`];
  } catch (error) {
    [outcome, words] = ['failed', `: ${error.message}`];
  }
  counts[outcome]++;
  if (row) {
    const [part, title, version] = row;
    if (!rows[part].has(title)) rows[part].set(title, { version, passed: 0, failed: 0, skipped: [] });
    const found = rows[part].get(title);
    if (outcome === 'skipped') found.skipped.push(skipped);
    else found[outcome]++;
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${outcome}  ${name}${words} (${seconds} s)\n`);
}
