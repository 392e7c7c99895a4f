/**
 * npm run backtests:sweep: a back-test of 200 series with a refit at each fold, by two `sweep worker`s over
 * PostgreSQL and by two independent processes with half of the folds each, in turns, one thread a fit. Fails
 * where the workers reach less than 0.9 of what the processes do, or where a result differs from one
 * process's. It needs a build, Debian's PostgreSQL, and Node 22.12 (npm's, where need be).
 *
 *     npm run backtests:sweep -- --rounds 3 --folds 20
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { beginPostgres, postgresAt } from '../../../packages/sweeps/scripts/postgres-server.mjs';
import { root } from '../../../scripts/lib.mjs';
import { newerNode } from '../../../scripts/newer-node.mjs';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '1' }, folds: { type: 'string', default: '20' } },
});
const [rounds, folds] = [Number(values.rounds), Number(values.folds)];
const { node, skipped } = await newerNode();
if (skipped) {
  console.error(`[unrolled/backtests:sweep] expected Node 22.12 or newer: ${skipped}`);
  process.exit(1);
}
const SERIES = 200;
const [data, work] = ['postgres', 'work'].map((name) =>
  mkdtempSync(path.join(os.tmpdir(), `unrolled-backtests-${name}-`)),
);
const postgres = beginPostgres('backtests:sweep', data);
const address = postgresAt(data);
const appOf = (name) => path.join(root, 'apps', name, 'dist', 'cli.js');
const running = new Set();

writeSeries();
const workers = [];
let failures = 0;
try {
  const ratios = [];
  for (let round = 0; round < rounds; round++) {
    const shared = async () => {
      const whole = backtest(`shared-${round}`, folds, ['--database', address]);
      // The workers are there already, but where the tables have yet to be made.
      if (workers.length === 0) await beginWorkers();
      return whole;
    };
    const independent = () =>
      Promise.all([0, 1].map((half) => backtest(`half-${round}-${half}`, folds / 2, ['--workers', '1'])));
    const ways = round % 2 ? [independent, shared] : [shared, independent];
    const seconds = new Map();
    for (const way of ways) {
      const began = performance.now();
      await way();
      seconds.set(way, (performance.now() - began) / 1000);
    }
    const [two, halves] = [seconds.get(shared), seconds.get(independent)];
    ratios.push(halves / two);
    console.log(
      `${folds} fits of ${SERIES} series: two workers ${two.toFixed(1)} s, two processes ${halves.toFixed(1)} s`,
    );
  }
  const ratio = ratios.sort((a, b) => a - b)[Math.floor(ratios.length / 2)];
  console.log(`two workers reach ${ratio.toFixed(2)} × what two processes do (median of ${rounds})`);
  if (ratio < 0.9) failures++;
  await backtest('one', folds, ['--workers', '1']);
  const same = ['result.json', 'forecasts.csv'].every((file) =>
    readFileSync(path.join(work, 'one', file)).equals(readFileSync(path.join(work, 'shared-0', file))),
  );
  console.log(same ? "the files are one process's, byte for byte" : 'THE FILES DIFFER');
  if (!same) failures++;
} finally {
  for (const child of running) child.kill('SIGTERM');
  postgres.end();
  for (const folder of [data, work]) rmSync(folder, { recursive: true, force: true });
}
process.exit(failures > 0 ? 1 : 0);

function backtest(output, count, more) {
  const walk = [
    '--training-window',
    'sliding',
    '--initial',
    '150',
    '--stride',
    '3',
    '--folds',
    String(count),
  ];
  const model = ['--refit-every', '1', '--epochs', '2', '--patience', '2', '--units', '16'];
  const args = ['backtest', ...files(), ...walk, ...model, '--output', output, '--no-report', ...more];
  return ended(begin([appOf('stock-forecast'), ...args]));
}

async function beginWorkers() {
  for (let n = 0; n < 2; n++) {
    const child = begin([appOf('sweep'), 'worker', '--database', address, '--workers', '1']);
    workers.push(child);
    // Until the first study is begun, a worker ends in one line.
    child.on('close', () => {
      workers.splice(workers.indexOf(child), 1);
    });
  }
  await new Promise((resolve) => setTimeout(resolve, 1500));
  if (workers.length < 2) {
    for (const child of workers) child.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await beginWorkers();
  }
}

function begin(words) {
  const env = { ...process.env, UNROLLED_THREADS: '1' };
  const child = spawn(node, words, { cwd: work, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  running.add(child);
  child.on('close', () => running.delete(child));
  return Object.assign(child, { said: () => said });
}

function ended(child) {
  return new Promise((resolve, reject) => {
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(child.said().slice(-1000)))));
  });
}

function files() {
  return Array.from({ length: SERIES }, (_, n) => `${n}.csv`);
}

/** Waves with noise, 250 days each. */
function writeSeries() {
  let state = 7;
  const random = () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return state / 2 ** 31;
  };
  for (const [n, file] of files().entries()) {
    let value = 100;
    const rows = Array.from({ length: 250 }, (_, day) => {
      value += Math.sin(day / 7 + n) + random() - 0.5;
      return `${new Date(Date.UTC(2020, 0, 1 + day)).toISOString().slice(0, 10)},${value.toFixed(4)}`;
    });
    writeFileSync(path.join(work, file), ['Date,Close', ...rows, ''].join('\n'));
  }
}
