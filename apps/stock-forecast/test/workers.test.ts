/** The back-test's threads, in processes of their own: they start from a build. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildApp } from './support/build';
import { plainCsv, walk } from './support/prices';
import { scratch } from './support/run';

let app: Awaited<ReturnType<typeof buildApp>>;
let place: Awaited<ReturnType<typeof scratch>>;
let prices: string;
beforeAll(async () => {
  [app, place] = await Promise.all([buildApp(), scratch()]);
  prices = await place.file('prices.csv', plainCsv(walk(90)));
});
afterAll(async () => {
  await app?.remove();
  await place?.remove();
});

const QUICK = ['--units', '3', '--window', '4', '--epochs', '3', '--folds', '5', '--no-report'];

function backtest(options: readonly string[], onStart: (child: ChildProcess) => void = () => {}) {
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    const args = [app.cli, 'backtest', prices, ...QUICK, '--backend', 'unrolled', ...options];
    const child = spawn(process.execPath, args, { cwd: place.directory, stdio: ['ignore', 'pipe', 'pipe'] });
    const written = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => {
      written.stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      written.stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...written }));
    onStart(child);
  });
}

test('any number of workers gives the same, to the last bit', async () => {
  const results = [];
  for (const workers of ['1', '2', '3']) {
    const output = path.join(place.directory, `workers-${workers}`);
    const { code, stderr } = await backtest(['--workers', workers, '--output', output]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    results.push(
      await Promise.all(
        ['result.json', 'forecasts.csv'].map((name) => readFile(path.join(output, name), 'utf8')),
      ),
    );
  }
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
});

test('a worker that fails ends the run with its one line, and nothing is left', async () => {
  const output = path.join(place.directory, 'failed');
  const options = ['--workers', '2', '--learning-rate', '1e38', '--steps', '20', '--output', output];
  const { code, stderr } = await backtest(options);
  expect(stderr).toMatch(
    /^\[unrolled\/stock-forecast\] training: expected a finite [^\n]*: lower --learning-rate\n$/,
  );
  expect(code).toBe(1);
  expect(await readdir(place.directory)).not.toContain('failed');
});

test.skipIf(process.platform === 'win32')(
  'Ctrl-C ends the workers and keeps the folds that are done, as a shorter back-test',
  async () => {
    const output = path.join(place.directory, 'interrupted');
    const long = ['--workers', '2', '--folds', '40', '--epochs', '150', '--patience', '150'];
    const stopAtFourthFold = (child: ChildProcess) => {
      let sent = false;
      child.stderr!.on('data', (chunk) => {
        if (sent || !/fold [45]\//.test(String(chunk))) return;
        sent = true;
        child.kill('SIGINT');
      });
    };
    const { code, stdout } = await backtest([...long, '--output', output, '--json'], stopAtFourthFold);
    expect(code).toBe(130);
    const result = JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
    expect(result.interrupted).toBe(true);
    expect(result.folds.length).toBeGreaterThanOrEqual(1);
    expect(result.folds.length).toBeLessThan(40);
    expect(result.notes.at(-1)).toMatch(/stopped after the first \d+ of 40 folds/);
  },
);
