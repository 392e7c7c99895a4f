/**
 * npm run backtests:sweep: times a back-test of 200 series with a refit at each fold, by two `sweep worker`s
 * over PostgreSQL and by two independent processes with half of the folds each, in turn, with one thread a
 * fit. Fails if the workers reach less than 0.9 of the processes' speed, or if a result differs from that of
 * a single process. It needs a build, Debian's PostgreSQL, and Node 22.12 (npm's, if yours is older).
 *
 *     npm run backtests:sweep -- --rounds 3 --folds 20
 *     npm run backtests:sweep -- --processor-time       # compares processor time: for a busy machine
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
  options: {
    rounds: { type: 'string', default: '1' },
    folds: { type: 'string', default: '20' },
    'processor-time': { type: 'boolean', default: false },
  },
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
const workers = new Set();

writeSeries();
let isOver = false;
let failures = 0;
/** Processor seconds of the commands that have ended. */
let spent = 0;
try {
  for (let n = 0; n < 2; n++) keepWorker();
  const ratios = [];
  for (let round = 0; round < rounds; round++) {
    const shared = () => backtest(`shared-${round}`, folds, ['--database', address]);
    const independent = () =>
      Promise.all([0, 1].map((half) => backtest(`half-${round}-${half}`, folds / 2, ['--workers', '1'])));
    const ways = round % 2 ? [independent, shared] : [shared, independent];
    const costs = new Map();
    for (const way of ways) {
      const [began, before] = [performance.now(), ofWorkers()];
      spent = 0;
      await way();
      const processor = spent + (way === shared ? ofWorkers() - before : 0);
      costs.set(way, { clock: (performance.now() - began) / 1000, processor });
    }
    const [two, halves] = [costs.get(shared), costs.get(independent)];
    const measure = values['processor-time'] ? 'processor' : 'clock';
    ratios.push(halves[measure] / two[measure]);
    const words = ({ clock, processor }) =>
      `${clock.toFixed(1)} s, ${processor.toFixed(1)} s of processor time`;
    console.log(
      `${folds} fits of ${SERIES} series: two workers ${words(two)}; two processes ${words(halves)}`,
    );
  }
  const ratio = ratios.sort((a, b) => a - b)[Math.floor(ratios.length / 2)];
  console.log(`two workers reach ${ratio.toFixed(2)} × the speed of two processes (median of ${rounds})`);
  if (ratio < 0.9) failures++;
  await backtest('one', folds, ['--workers', '1']);
  const same = ['result.json', 'forecasts.csv'].every((file) =>
    readFileSync(path.join(work, 'one', file)).equals(readFileSync(path.join(work, 'shared-0', file))),
  );
  console.log(same ? 'the files are those of a single process, byte for byte' : 'THE FILES DIFFER');
  if (!same) failures++;
} finally {
  isOver = true;
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
  // The shell prints the processor time of its command.
  const shell = ['-c', '"$@"; code=$?; times >&2; exit $code', 'sh', node, appOf('stock-forecast'), ...args];
  return ended(begin('sh', shell));
}

/**
 * Keeps a worker running. Before the first study starts, a worker ends with a message and is started again.
 */
function keepWorker() {
  const child = begin(node, [appOf('sweep'), 'worker', '--database', address, '--workers', '1']);
  workers.add(child);
  child.on('close', () => {
    workers.delete(child);
    if (!isOver) setTimeout(keepWorker, 500);
  });
}

/** Processor seconds of the workers until now. */
function ofWorkers() {
  const ticks = [...workers].map(({ pid }) =>
    readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' '),
  );
  return ticks.reduce((sum, words) => sum + (Number(words[11]) + Number(words[12])) / 100, 0);
}

function begin(command, words) {
  const env = { ...process.env, UNROLLED_THREADS: '1' };
  const child = spawn(command, words, { cwd: work, env, stdio: ['ignore', 'ignore', 'pipe'] });
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
    child.on('close', (code) => {
      if (code !== 0) return reject(new Error(child.said().slice(-1000)));
      for (const [, minutes, seconds] of child
        .said()
        .trim()
        .split('\n')
        .at(-1)
        .matchAll(/(\d+)m([\d.]+)s/g))
        spent += 60 * Number(minutes) + Number(seconds);
      resolve();
    });
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
