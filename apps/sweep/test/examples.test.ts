/** The example files for clusters give every shard its own part. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';

const place = mkdtempSync(path.join(tmpdir(), 'unrolled-shards-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));
const example = (name: string) => readFileSync(path.join(import.meta.dirname, '../examples', name), 'utf8');

/** What `sweep` is called with by a shell's text. */
function called(text: string, env: Record<string, string>): string {
  writeFileSync(path.join(place, 'sweep'), '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
  const PATH = `${place}:${process.env.PATH}`;
  return execFileSync('/bin/sh', ['-c', text], { encoding: 'utf8', env: { ...process.env, ...env, PATH } });
}

const SEARCH =
  'char-rnn poems.txt --units 64,128,256 --learning-rate 1e-4..1e-2:log --trials 40 --study search';

it('by the array of Slurm', () => {
  const text = example('slurm.sh');
  expect(text).toMatch(/^#SBATCH --array=1-4$/m);
  const env = { SLURM_ARRAY_TASK_ID: '4', SLURM_ARRAY_TASK_COUNT: '4' };
  expect(called(text, env)).toBe(`${SEARCH} --shard 4/4 --workers 1\n`);
});

it('by the index of a Job of Kubernetes, from 0', () => {
  const text = example('kubernetes.yaml');
  expect(text).toMatch(/^ {2}completionMode: Indexed\n {2}completions: 4$/m);
  const folded = /args:\n +- >-\n((?: {14}.+\n)+)/.exec(text)![1]!.trim().replaceAll(/\n +/g, ' ');
  for (const [index, shard] of [
    ['0', '1/4'],
    ['3', '4/4'],
  ])
    expect(called(folded, { JOB_COMPLETION_INDEX: index! })).toBe(`${SEARCH} --shard ${shard} --workers 1\n`);
});
