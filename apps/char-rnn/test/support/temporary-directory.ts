import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';

/** A directory for a file of tests, as a function that joins paths onto it; it is removed in the end. */
export function temporaryDirectory(): (...parts: string[]) => string {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'unrolled-char-rnn-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));
  return (...parts) => path.join(directory, ...parts);
}
