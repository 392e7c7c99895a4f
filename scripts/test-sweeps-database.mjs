// npm run test:sweeps-database: runs the tests of studies in a database, on PGlite and, if it is installed,
// on Debian's PostgreSQL, under a Node that pg-boss supports. Ends with the line
// `sweeps database: N passed, N failed`. With `--short`, for a build machine, they run on PGlite only.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { buildApp } from './build.mjs';
import { fail, root, run, toolEnvironment } from './lib.mjs';
import { newerNode } from './newer-node.mjs';

const args = process.argv.slice(2).filter((arg) => arg !== '--short');
const isShort = args.length < process.argv.length - 2;
const { node, skipped } = await newerNode();
if (skipped) {
  if (!process.env.CI) fail(`[unrolled/test:sweeps-database] expected Node 22.12 or newer: ${skipped}`);
  process.stdout.write(`sweeps database: skipped, ${skipped}\n`);
  process.exit(0);
}
await bootstrap();
// Back-tests run as for a user: from built files, with their fits in threads.
await buildApp('sweep');
const directory = mkdtempSync(path.join(os.tmpdir(), 'unrolled-sweeps-database-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
const countsFile = path.join(directory, 'counts.json');
const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
const reporters = ['--reporter=default', `--reporter=${path.join(root, 'scripts', 'count-reporter.ts')}`];
const { code } = await run(
  node,
  [vitest, 'run', '--config', 'vitest.database.config.ts', ...reporters, ...args],
  {
    stdio: 'inherit',
    env: toolEnvironment({
      UNROLLED_TEST_COUNTS: countsFile,
      ...(isShort ? { UNROLLED_TEST_DATABASES: 'pglite' } : {}),
    }),
  },
);
const counts = existsSync(countsFile) ? JSON.parse(readFileSync(countsFile, 'utf8')) : undefined;
// A crash and a run without tests each count as one failure.
const failed = counts?.failed || (code !== 0 || !counts?.passed ? 1 : 0);
process.stdout.write(`sweeps database: ${counts?.passed ?? 0} passed, ${failed} failed\n`);
process.exit(failed > 0 ? 1 : 0);
