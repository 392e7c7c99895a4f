// npm test: installs, builds what the tests read, runs them, and ends with the line `N passed, N failed`.
// With `--changed [commit]` it runs only the tests that import changed files: changed since that commit, or
// not committed yet.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { buildGenerated } from './build.mjs';
import { root, run } from './lib.mjs';

const changed = process.argv.findIndex((argument) => /^--changed(=|$)/.test(argument));
if (changed >= 0) {
  const [, value] = process.argv[changed].split('=');
  const next = process.argv[changed + 1];
  const since = value ?? (next?.startsWith('-') ? undefined : next) ?? 'HEAD';
  const git = (...args) => spawnSync('git', args, { cwd: root }).status === 0;
  if (!git('rev-parse', '--git-dir'))
    refuse('a git checkout to find changed files, got none: run npm test without --changed');
  if (!git('rev-parse', '--quiet', '--verify', `${since}^{commit}`))
    refuse(
      `a commit after --changed, got '${since}': paths go first, as in npm test -- packages/cells --changed`,
    );
}

await bootstrap();
// The tests read the sources. Only the generated files must be built.
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

/** A test that cannot be run has failed. */
function refuse(expected) {
  process.stderr.write(`[unrolled/test] expected ${expected}\n`);
  process.stdout.write('0 passed, 1 failed\n');
  process.exit(1);
}

/**
 * A crash, a run without tests, and an exit code that the counts do not explain each count as one failure.
 * With `--changed` there may be no test to run.
 */
function summarise(counted, { code, signal }) {
  const { passed, failed, skipped } = counted ?? { passed: 0, failed: 0, skipped: 0 };
  const ended = signal ? 128 + (os.constants.signals[signal] ?? 0) : code;
  if (changed >= 0 && counted && ended === 0 && passed + failed + skipped === 0) {
    process.stderr.write('[unrolled/test] nothing to run: no test imports a changed file\n');
    return { line: '0 passed, 0 failed', exitCode: 0 };
  }
  const unexplained = failed === 0 && (ended !== 0 || passed === 0);
  if (unexplained)
    process.stderr.write(
      counted && passed === 0 && ended === 0
        ? '[unrolled/test] expected a test to run, got none\n'
        : `[unrolled/test] vitest ended with ${signal ?? `exit code ${ended}`}${counted ? '' : ' before it wrote its counts'}\n`,
    );
  const failures = failed + (unexplained ? 1 : 0);
  const skippedPart = skipped > 0 ? `, ${skipped} skipped` : '';
  return {
    line: `${passed} passed, ${failures} failed${skippedPart}`,
    exitCode: failures > 0 ? ended || 1 : 0,
  };
}
