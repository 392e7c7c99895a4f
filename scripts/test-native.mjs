// npm run test:native: builds the binding to TensorFlow's own library, then runs the whole suite on it, as
// the backend `tensorflow`. Ends with the line `native: N passed, N failed`.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { buildGenerated } from './build.mjs';
import { fail, root, run, toolEnvironment } from './lib.mjs';
import { buildNative } from './native.mjs';

const native = await buildNative().catch((error) => fail(`[unrolled/test:native] ${error.message}`));
if (native.skipped) {
  if (!process.env.CI) fail(`[unrolled/test:native] expected TensorFlow's library: ${native.skipped}`);
  process.stdout.write(`native: skipped, ${native.skipped}\n`);
  process.exit(0);
}
await bootstrap();
await buildGenerated();

const directory = mkdtempSync(path.join(os.tmpdir(), 'unrolled-native-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
const countsFile = path.join(directory, 'counts.json');
const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
const reporters = ['--reporter=default', `--reporter=${path.join(root, 'scripts', 'count-reporter.ts')}`];
const { code, signal } = await run(
  process.execPath,
  [vitest, 'run', ...reporters, ...process.argv.slice(2)],
  {
    stdio: 'inherit',
    env: toolEnvironment({
      UNROLLED_BACKEND: 'tensorflow',
      UNROLLED_NATIVE: native.directory,
      UNROLLED_TEST_COUNTS: countsFile,
    }),
  },
);

const counts = existsSync(countsFile) ? JSON.parse(readFileSync(countsFile, 'utf8')) : undefined;
const { passed, failed, skipped } = counts ?? { passed: 0, failed: 0, skipped: 0 };
// A crash, a run without tests, and an exit code that the counts do not explain each count as one failure.
const unexplained = failed === 0 && (code !== 0 || signal !== null || passed === 0);
if (unexplained)
  process.stderr.write(
    `[unrolled/test:native] expected tests to run, got ${passed}, and vitest to end with 0, got ${signal ?? code}\n`,
  );
const failures = failed + (unexplained ? 1 : 0);
process.stdout.write(
  `native: ${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
);
process.exit(failures > 0 ? code || 1 : 0);
