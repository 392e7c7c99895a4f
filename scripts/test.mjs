// npm test: installs, builds what the tests read, runs them, and ends with the line `N passed, N failed`.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { buildGenerated } from './build.mjs';
import { root, run } from './lib.mjs';

await bootstrap();
// The tests read sources; only what is generated has to be made.
await buildGenerated();

const directory = mkdtempSync(path.join(os.tmpdir(), 'unrolled-test-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
const countsFile = path.join(directory, 'counts.json');

const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
const reporters = ['--reporter=default', `--reporter=${path.join(root, 'scripts', 'count-reporter.ts')}`];
const outcome = await run(process.execPath, [vitest, 'run', ...reporters, ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, UNROLLED_TEST_COUNTS: countsFile },
});

const counts = existsSync(countsFile) ? JSON.parse(readFileSync(countsFile, 'utf8')) : undefined;
const { line, exitCode } = summarise(counts, outcome);
process.stdout.write(`${line}\n`);
process.exit(exitCode);

/** A crash, a run without a test and an exit code that the counts do not explain are a failure each. */
function summarise(counted, { code, signal }) {
  const { passed, failed, skipped } = counted ?? { passed: 0, failed: 0, skipped: 0 };
  const ended = signal ? 128 + (os.constants.signals[signal] ?? 0) : code;
  const unexplained = failed === 0 && (ended !== 0 || passed === 0);
  if (unexplained)
    process.stderr.write(
      counted && passed === 0 && ended === 0
        ? '[unrolled/test] expected a test to run, got none\n'
        : `[unrolled/test] vitest ended with ${signal ?? `exit code ${ended}`}${counted ? '' : ' before it counted'}\n`,
    );
  const failures = failed + (unexplained ? 1 : 0);
  const skippedPart = skipped > 0 ? `, ${skipped} skipped` : '';
  return {
    line: `${passed} passed, ${failures} failed${skippedPart}`,
    exitCode: failures > 0 ? ended || 1 : 0,
  };
}
