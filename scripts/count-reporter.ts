import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/**
 * Writes the numbers of passed, failed and skipped tests to the file that UNROLLED_TEST_COUNTS names;
 * `scripts/test.mjs` prints them. A file that fails outside its tests counts as a failure, and so does an
 * error that no test caught.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      let failedTests = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') counts.passed += 1;
        else if (state === 'failed') failedTests += 1;
        else counts.skipped += 1;
      }
      // An error in an import or a hook fails the file without failing a test.
      if (module.state() === 'failed' && failedTests === 0) failedTests = 1;
      counts.failed += failedTests;
    }
    const file = process.env.UNROLLED_TEST_COUNTS;
    if (file) writeFileSync(file, JSON.stringify(counts));
  }
}
