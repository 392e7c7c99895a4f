// npm run test:playground: tests the built page in Chromium, with threads and without. Ends with the line
// `playground: N passed, N failed`.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findChromium } from './chromium.mjs';
import { fail, root, run, toolEnvironment } from './lib.mjs';
import { buildPlayground } from './playground.mjs';

const chromium = findChromium();
if (!chromium) {
  const asked = process.env.UNROLLED_CHROMIUM;
  if (process.env.CI && !asked) {
    process.stdout.write('playground: skipped, no chromium on the PATH (apt-get install chromium)\n');
    process.exit(0);
  }
  fail(
    `[unrolled/test:playground] expected Chromium, got none ${asked ? `at UNROLLED_CHROMIUM=${asked}` : 'on the PATH'}: ` +
      'apt-get install chromium, or set UNROLLED_CHROMIUM to its path',
  );
}
await buildPlayground();
const directory = mkdtempSync(path.join(os.tmpdir(), 'unrolled-playground-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
const countsFile = path.join(directory, 'counts.json');
const reporters = ['--reporter=default', `--reporter=${path.join(root, 'scripts', 'count-reporter.ts')}`];
const config = path.join('apps', 'playground', 'vitest.page.config.ts');
const { code, signal } = await run(
  process.execPath,
  [
    path.join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--config',
    config,
    ...reporters,
    ...process.argv.slice(2),
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: toolEnvironment({ UNROLLED_TEST_COUNTS: countsFile, UNROLLED_CHROMIUM: chromium }),
  },
);
const { passed, failed } = existsSync(countsFile)
  ? JSON.parse(readFileSync(countsFile, 'utf8'))
  : { passed: 0, failed: 0 };
// A crash, a run without tests, and an exit code that the counts do not explain each count as one failure.
const unexplained = failed === 0 && (code !== 0 || signal !== null || passed === 0);
const failures = failed + (unexplained ? 1 : 0);
process.stdout.write(`playground: ${passed} passed, ${failures} failed\n`);
process.exit(failures > 0 ? code || 1 : 0);
