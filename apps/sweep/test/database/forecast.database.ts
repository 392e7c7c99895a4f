/** Back-tests of forecast whose fits go over a database, by the built command line. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  BacktestWorker,
  type FitProgram,
  forecastFits,
  runOverDatabase,
} from '@unrolled/app-shared/backtests';
import { openSweepDatabase, serveQueue } from '@unrolled/sweeps/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginServer, databases, postgresHome } from '../../../../packages/sweeps/test/database/databases';
import { type OnWords, runCommand } from './command';

const manifest = path.join(import.meta.dirname, '../../../forecast/package.json');
const cli = path.join(path.dirname(manifest), 'dist/cli.js');
const sweep = path.join(import.meta.dirname, '../../dist/cli.js');
const place = mkdtempSync(path.join(tmpdir(), 'unrolled-forecast-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const FOLDS = 6;
/** Two series with a column beside them, and one that joins later. */
beforeAll(() => {
  const rows = ['name,value,price'];
  for (const [name, length] of Object.entries({ a: 60, b: 60, late: 20 }))
    for (let row = 0; row < length; row++)
      rows.push([name, 20 + (row % 4) * 3 + ((row * 7) % 5) + 0.1 * row, row % 3].join());
  writeFileSync(path.join(place, 'sales.csv'), `${rows.join('\n')}\n`);
});

/** Runs a command; `onWords` sees what it says. */
function forecast(command: string, output: string, args: readonly string[], onWords?: OnWords) {
  const task = ['--series', 'name', '--target', 'value', '--horizon', '2', '--levels', '0.5'];
  const model = ['--units', '4', '--folds', `${FOLDS}`, '--baselines', 'drift', '--no-report'];
  const words = [cli, command, 'sales.csv', ...task, ...model, '--output', output, ...args];
  return runCommand(words, place, onWords);
}

const written = (output: string, table = 'forecasts.csv') =>
  ['result.json', table].map((file) => readFileSync(path.join(place, output, file), 'utf8'));

describe('over a directory', () => {
  it('a back-test of the hybrid has the bytes of one process, and goes on after Ctrl-C', async () => {
    const args = ['--epochs', '40'];
    expect(await forecast('backtest', 'here', args)).toMatchObject({ code: 0 });
    const over = [...args, '--database', 'db'];
    const cut = await forecast('backtest', 'cut', [...over, '--workers', '1'], (kill, text) => {
      if (text.includes(`fold 1/${FOLDS}`)) kill();
    });
    expect(cut.said).toMatch(/1 fit in parallel/);
    expect(cut.said).toMatch(/stopped after the first [1-5] of 6 folds/);
    const whole = await forecast('backtest', 'whole', [...over, '--workers', '2']);
    expect(whole).toMatchObject({ code: 0 });
    expect(written('whole')).toEqual(written('here'));
  }, 300_000);

  it('a comparison of both methods has the bytes of one process', async () => {
    const args = ['--epochs', '2', '--steps', '3', '--known', 'price'];
    expect(await forecast('compare', 'compared', args)).toMatchObject({ code: 0 });
    const shared = await forecast('compare', 'shared', [...args, '--database', 'both', '--workers', '2']);
    expect(shared).toMatchObject({ code: 0 });
    expect(written('shared', 'comparison.csv')).toEqual(written('compared', 'comparison.csv'));
  }, 300_000);

  it('says the reason of a fit that failed, and why an address is none', async () => {
    const failing: FitProgram = {
      ...{ name: 'forecast', version: '1' },
      open: () => ({
        run: () => Promise.reject(new Error('a loss that is not finite')),
        end: async () => {},
      }),
    };
    const shared = { plan: { tasks: [1, 2] }, backend: 'cpu' as const };
    const address = path.join(place, 'failing');
    const { signal } = new AbortController();
    await expect(
      runOverDatabase(shared, { address, workers: 1, program: failing, signal, onTask() {} }),
    ).rejects.toThrow(/expected the fit \d to succeed, got a loss that is not finite/);
    const refused = await forecast('backtest', 'refused', ['--database', 'mysql://me:secret@host/db']);
    expect(refused.code).toBe(1);
    expect(refused.said).toMatch(/expected the address of a database/);
    expect(refused.said).not.toMatch(/secret|at .*\.js:/);
  });
});

const home = postgresHome();
const isAsked = databases().length > 1;
it.skipIf(!home || !isAsked)(
  'PostgreSQL: a worker of another version leaves the fits to the others',
  async () => {
    const server = beginServer(home!);
    const { version, ...own } = forecastFits(manifest);
    const database = await openSweepDatabase({ address: server.address });
    const older = new BacktestWorker(database, [{ ...own, version: '9.9.9' }]);
    const stop = new AbortController();
    const refused: string[] = [];
    const workers: ChildProcess[] = [];
    const serving = serveQueue(database, {
      ...{ queue: 'sweep', concurrency: 1, signal: stop.signal },
      workOf: (study) => older.workOf(study),
      onRefused(_, error) {
        refused.push((error as Error).message);
        const words = [sweep, 'worker', '--database', server.address, '--workers', '1'];
        workers.push(spawn(process.execPath, words, { cwd: place, stdio: 'ignore' }));
      },
    });
    try {
      const args = ['--steps', '3', '--known', 'price'];
      const shared = forecast('backtest', 'server', [...args, '--database', server.address]);
      expect(await forecast('backtest', 'alone', args)).toMatchObject({ code: 0 });
      const { code, said } = await shared;
      expect(said).toMatch(`${FOLDS} fits by the workers of the database`);
      expect({ code, said }).toMatchObject({ code: 0 });
      expect(written('server')).toEqual(written('alone'));
      expect(refused).toEqual([
        expect.stringContaining(`expected version ${version} of forecast, which started the back-test`),
      ]);
    } finally {
      stop.abort();
      await serving;
      for (const worker of workers) worker.kill('SIGKILL');
      await database.close();
      await server.end();
    }
  },
  300_000,
);
