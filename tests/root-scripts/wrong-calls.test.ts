/** Every public function is called with one argument or option wrong, and refuses it in our words. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { useUnrolledBackend } from '@unrolled/kernels';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { attack, checkCalls, listFunctions, randomFrom } from '../../scripts/hostile/options/attack.mjs';
import { removePlace } from '../../scripts/hostile/options/calls/places.mjs';

const functions = listFunctions();
const before = process.cwd();
const place = mkdtempSync(path.join(os.tmpdir(), 'unrolled-calls-'));

beforeAll(async () => {
  process.chdir(place);
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  await useUnrolledBackend({ threads: 1 });
});
afterAll(() => {
  process.chdir(before);
  rmSync(place, { recursive: true, force: true });
  removePlace();
  vi.restoreAllMocks();
});

test('each function has a valid call', async () => {
  expect(functions.size).toBeGreaterThan(300);
  expect(await checkCalls(functions)).toEqual([]);
});

test('a thousand wrong calls are refused', async () => {
  const random = (index: number) => randomFrom(`1 ${index}`);
  expect(await attack({ functions, calls: 1000, random })).toEqual([]);
});
