import { expect, it } from 'vitest';
import { readReadme, readRecordedRun, withTables } from '../src/record';

it("the README's table is that of results.json", () => {
  const readme = readReadme();
  expect(withTables(readme, readRecordedRun())).toBe(readme);
});

it('another run gives another table, and nothing else changes', () => {
  const run = readRecordedRun();
  const changed = withTables(readReadme(), {
    ...run,
    date: '2001-02-03',
    results: run.results.map((result) => ({ ...result, medianMilliseconds: 123.4 })),
  });
  expect(changed).toContain('2001-02-03');
  expect(changed).toMatch(/^\| char-128 +\| +123 \| +123 \|/m);
  expect(withTables(changed, run)).toBe(readReadme());
});
