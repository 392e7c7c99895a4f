// npm run test:browser: tests kernels, cells, a forecaster and a guide's page in Chromium, with threads
// (cross-origin isolated) and without. Ends with the line `browser: N passed, N failed`.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { buildGenerated } from './build.mjs';
import { findChromium } from './chromium.mjs';
import { fail, root, run, toolEnvironment } from './lib.mjs';

/** Test files that a browser cannot run, each with the reason. */
const NEEDS_NODE = {
  'packages/kernels/test/abi.test.ts': 'the compilers of AssemblyScript and C run only in Node',
  'packages/kernels/test/select-backend.test.ts':
    "@unrolled/kernels/node looks for native engines with Node's require",
  'packages/kernels/test/entries.test.ts': 'it bundles the entries, both for Node and for a page',
  'packages/kernels/test/threads.test.ts': "it terminates Node's workers; test/browser tests those of a page",
  'packages/kernels/test/hosts.test.ts': "it limits Node's process, and starts its workers from a file",
  'packages/kernels/test/attention.test.ts': 'it compares native kernels, a library that only Node can load',
  'packages/kernels/test/few-rows.test.ts': 'it compares native kernels, a library that only Node can load',
  'packages/kernels/test/native.test.ts': 'the native kernels are a library that only Node can load',
  'packages/kernels/test/steps-on-threads.test.ts':
    "it terminates Node's workers, and compares native kernels",
  'packages/kernels/test/tensorflow': "only Node can load TensorFlow's library",
};

const asked = process.env.UNROLLED_CHROMIUM;
const chromium = findChromium();
if (!chromium) {
  // A build machine may have no Chromium, unless UNROLLED_CHROMIUM names one.
  if (process.env.CI && !asked) {
    process.stdout.write('browser: skipped, no chromium on the PATH (apt-get install chromium)\n');
    process.exit(0);
  }
  fail(
    `[unrolled/test:browser] expected Chromium, got none ${asked ? `at UNROLLED_CHROMIUM=${asked}` : 'on the PATH'}: ` +
      'apt-get install chromium, or set UNROLLED_CHROMIUM to its path',
  );
}

await bootstrap();
await buildGenerated();

for (const [file, reason] of Object.entries(NEEDS_NODE)) {
  if (!existsSync(path.join(root, file)))
    fail(
      `[unrolled/test:browser] expected the tests ${file}, got none: remove it from NEEDS_NODE in scripts/test-browser.mjs`,
    );
  process.stdout.write(`left out: ${file}, ${reason}\n`);
}

const directory = mkdtempSync(path.join(os.tmpdir(), 'unrolled-browser-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
const countsFile = path.join(directory, 'counts.json');
const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
const reporters = ['--reporter=default', `--reporter=${path.join(root, 'scripts', 'count-reporter.ts')}`];
const { code, signal } = await run(
  process.execPath,
  [vitest, 'run', '--config', 'vitest.browser.config.ts', ...reporters, ...process.argv.slice(2)],
  {
    stdio: 'inherit',
    env: toolEnvironment({
      UNROLLED_TEST_COUNTS: countsFile,
      UNROLLED_CHROMIUM: chromium,
      UNROLLED_NEEDS_NODE: Object.keys(NEEDS_NODE).join(),
    }),
  },
);

const counts = existsSync(countsFile) ? JSON.parse(readFileSync(countsFile, 'utf8')) : undefined;
const { passed, failed, skipped } = counts ?? { passed: 0, failed: 0, skipped: 0 };
// A crash, a run without tests, and an exit code that the counts do not explain each count as one failure.
const unexplained = failed === 0 && (code !== 0 || signal !== null || passed === 0);
if (unexplained)
  process.stderr.write(
    `[unrolled/test:browser] expected tests to run, got ${passed}, and vitest to end with 0, got ${signal ?? code}\n`,
  );
const failures = failed + (unexplained ? 1 : 0);
process.stdout.write(
  `browser: ${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
);
process.exit(failures > 0 ? code || 1 : 0);
