/**
 * A back-test whose fits go over a database, by the built command line: a process of its own, as a user has
 * it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type OnWords, runCommand } from './command';

const place = mkdtempSync(path.join(tmpdir(), 'unrolled-backtests-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const cli = path.join(import.meta.dirname, '../../../stock-forecast/dist/cli.js');

/** Runs a back-test; `onWords` sees what it says. */
function backtest(output: string, args: readonly string[], onWords?: OnWords) {
  const model = ['--epochs', '20', '--units', '4', '--folds', '12', '--stride', '5', '--no-report'];
  const words = [cli, 'backtest', ...model, '--output', output, ...args];
  return runCommand(words, place, onWords);
}

const written = (output: string) =>
  ['result.json', 'forecasts.csv'].map((file) => readFileSync(path.join(place, output, file), 'utf8'));

it('a back-test over a directory has the bytes of one process, and goes on after Ctrl-C', async () => {
  expect(await backtest('here', ['--workers', '1'])).toMatchObject({ code: 0 });
  // The socket of an owner that was killed hinders nobody, nor what is loaded next.
  mkdirSync(path.join(place, 'db'));
  const die = "require('net').createServer().listen('served', () => process.kill(process.pid, 'SIGKILL'))";
  spawnSync(process.execPath, ['-e', die], { cwd: path.join(place, 'db') });
  expect(existsSync(path.join(place, 'db', 'served'))).toBe(true);
  const cut = await backtest('cut', ['--database', 'db', '--workers', '1'], (kill, text) => {
    if (text.includes('fold 1/12')) kill();
  });
  expect(cut.said).toMatch(/stopped after the first (?:\d|1[01]) of 12 folds/);
  const whole = await backtest('whole', ['--database', 'db', '--workers', '2']);
  expect(whole).toMatchObject({ code: 0 });
  expect(written('whole')).toEqual(written('here'));
  const refused = await backtest('refused', ['--database', 'mysql://me:secret@host/db']);
  expect(refused.code).toBe(1);
  expect(refused.said).toMatch(/expected the address of a database/);
  expect(refused.said).not.toMatch(/secret|at .*\.js:/);
}, 300_000);
