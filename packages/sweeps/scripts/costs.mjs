/**
 * npm run costs:sweeps: measures what the engine costs in addition to the trials: empty trials in two workers
 * and in two processes of Optuna, in turn, on PostgreSQL, and on PGlite and SQLite; trials that sleep, in
 * sixteen workers; a process for each trial; and a simulation of a thousand workers. It needs a build,
 * Debian's PostgreSQL, Node 22.12 (npm's, if yours is older), and a Python with optuna and psycopg2-binary
 * (`PYTHON=…/python`).
 *
 *     npm run costs:sweeps -- --trials 1000 --rounds 3
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { newerNode } from '../../../scripts/newer-node.mjs';
import { beginPostgres, postgresAt } from './postgres-server.mjs';

const own = fileURLToPath(import.meta.url);
const { node, skipped } = await newerNode();
if (skipped) {
  console.error(`[unrolled/costs:sweeps] expected Node 22.12 or newer: ${skipped}`);
  process.exit(1);
}
if (node !== process.execPath) {
  const child = spawn(node, [own, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exit(await new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1))));
}

const { float, randomSampler } = await import('../dist/index.js');
const { beginStudy, openSweepDatabase } = await import('../dist/database.js');
const { values } = parseArgs({
  options: {
    trials: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: 'postgres,embedded,sleeping,process,simulated' },
  },
});
const [trials, rounds] = [Number(values.trials), Number(values.rounds)];
const only = values.only.split(',');
const python = process.env.PYTHON ?? 'python3';
const scripts = path.dirname(own);
const place = mkdtempSync(path.join(os.tmpdir(), 'unrolled-costs-'));
const postgres = only.some((one) => one === 'postgres' || one === 'sleeping')
  ? beginPostgres('costs:sweeps', place)
  : undefined;
const METHODS = { space: { x: float(0, 1) }, sampler: randomSampler({ seed: 1 }) };
let isBelow = false;
try {
  if (only.includes('postgres')) {
    postgres.create('ours');
    postgres.create('optuna');
    const theirs = postgresAt(place, 'optuna').replace('postgres:', 'postgresql+psycopg2:');
    await compare('PostgreSQL', postgresAt(place, 'ours'), theirs);
  }
  if (only.includes('embedded'))
    await compare('PGlite and SQLite', path.join(place, 'pglite'), `sqlite:///${place}/optuna.db`);
  if (only.includes('sleeping')) await sleeping();
  if (only.includes('process')) processes();
  if (only.includes('simulated')) simulated();
} finally {
  postgres?.end();
  rmSync(place, { recursive: true, force: true });
}
process.exit(isBelow ? 1 : 0);

/** Interleaved rounds of both sides over the same kind of storage. */
async function compare(name, ours, theirs) {
  const seconds = { ours: [], optuna: [] };
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 ? ['optuna', 'ours'] : ['ours', 'optuna']) {
      const run = side === 'ours' ? await runOurs(ours, `r${round}`) : await runOptuna(theirs, `r${round}`);
      seconds[side].push(run.seconds);
      console.log(
        `${name}, ${side}: ${trials} trials in ${run.seconds.toFixed(2)} s, ` +
          `the workers' processor time ${run.cpu.toFixed(2)} s`,
      );
    }
  }
  const ratio = median(seconds.optuna.map((one, at) => one / seconds.ours[at]));
  console.log(`${name}: ${ratio.toFixed(2)} × as fast as Optuna (median of ${rounds})`);
  isBelow ||= ratio < 1;
}

async function runOurs(address, study) {
  await begin(address, study, trials);
  const worker = [path.join(scripts, 'costs-worker.mjs'), address, study, '1', '0'];
  return together([
    [node, ...worker],
    [node, ...worker],
  ]);
}

async function begin(address, study, count) {
  const database = await openSweepDatabase({ address });
  await beginStudy(database, study, { ...METHODS, trials: count });
  await database.close();
}

function runOptuna(url, study) {
  const words = `import optuna, sys; optuna.logging.set_verbosity(optuna.logging.ERROR); optuna.create_study(study_name=sys.argv[2], storage=sys.argv[1])`;
  execFileSync(python, ['-c', words, url, study]);
  const half = [Math.ceil(trials / 2), Math.floor(trials / 2)];
  return together(
    half.map((share, at) => [
      python,
      path.join(scripts, 'costs_optuna.py'),
      ...[url, study, String(share), String(at + 1)],
    ]),
  );
}

/** Sixteen workers with trials that sleep: measures a worker's time between two trials. */
async function sleeping() {
  const [workers, count, sleep] = [16, 800, 500];
  const address = postgresAt(place, 'sleeping');
  postgres.create('sleeping');
  await begin(address, 'sleeping', count);
  const worker = [path.join(scripts, 'costs-worker.mjs'), address, 'sleeping', '1', String(sleep)];
  const { results } = await together(Array.from({ length: workers }, () => [node, ...worker]));
  // From the end of a trial to the start of the worker's next one.
  const between = results.flatMap(({ times }) => times.slice(1).map(([began], at) => began - times[at][1]));
  const mean = between.reduce((sum, one) => sum + one, 0) / between.length;
  const late = results.flatMap(({ times }) => times.map(([began, ended]) => ended - began - sleep));
  console.log(
    `sixteen workers: ${mean.toFixed(1)} ms between two trials (median ${median(between).toFixed(1)}, ` +
      `largest ${Math.max(...between).toFixed(0)}); a sleep itself was ${median(late).toFixed(1)} ms late`,
  );
  isBelow ||= mean >= 20;
}

/**
 * A process for each trial: compares the processor time of an empty trial's process with that of Node alone.
 */
function processes() {
  const study = path.join(place, 'empty.mjs');
  const spent = '(({ user, system }) => (user + system) / 1000)(process.cpuUsage())';
  writeFileSync(
    study,
    `export const space = { x: { kind: 'float', low: 0, high: 1 } };\nexport const objective = () => ${spent};\n`,
  );
  const cli = path.join(scripts, '..', '..', '..', 'apps', 'sweep', 'dist', 'cli.js');
  const [alone, trial] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const home = path.join(place, `empty-${round}`);
    execFileSync(node, [cli, 'run', study, '--trials', '10', '--workers', '1', '--study', home], {
      stdio: 'ignore',
    });
    const events = readFileSync(path.join(home, 'study.jsonl'), 'utf8').trim().split('\n');
    trial.push(...events.map((line) => JSON.parse(line).value).filter((value) => value > 0));
    for (let n = 0; n < 10; n++)
      alone.push(Number(execFileSync(node, ['-e', `console.log(${spent})`], { encoding: 'utf8' })));
  }
  const [ofTrial, ofNode] = [median(trial), median(alone)];
  console.log(
    `a process for each trial: ${ofTrial.toFixed(0)} ms of processor time, Node alone ${ofNode.toFixed(0)} ms`,
  );
  isBelow ||= ofTrial - ofNode > 150;
}

/**
 * Simulates the number of workers at which a study becomes slow. Workers wait in a queue for the lock of the
 * study's row, which each trial holds for 6 ms: the processor time of an empty trial, server and worker
 * together. Trials take 0.5 to 1.5 times their mean.
 */
function simulated(workers = 1000, held = 0.006, count = 50_000) {
  let state = 1;
  const random = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  for (const mean of [60, 20, 10, 8, 6, 4, 2]) {
    const ends = Array.from({ length: workers }, () => mean * random());
    let [free, waited] = [0, 0];
    for (let n = 0; n < count; n++) {
      // The worker that ends first is first in the queue.
      let next = 0;
      for (let at = 1; at < workers; at++) if (ends[at] < ends[next]) next = at;
      const served = Math.max(free, ends[next]) + held;
      if (n >= count / 2) waited += served - ends[next];
      free = served;
      ends[next] = served + mean * (0.5 + random());
    }
    const between = (2000 * waited) / count;
    console.log(
      `simulated: ${workers} workers, trials of ${mean} s: ${between.toFixed(0)} ms between two trials`,
    );
  }
}

/** Starts processes, and measures the time from when all are ready to the end of the last one. */
async function together(commands) {
  const children = commands.map(([command, ...args]) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return { child, next: async () => (await lines.next()).value };
  });
  for (const { next } of children) if ((await next()) !== 'ready') throw new Error('a worker ended early');
  const began = performance.now();
  for (const { child } of children) child.stdin.write('go\n');
  const results = await Promise.all(children.map(async ({ next }) => JSON.parse(await next())));
  const seconds = (performance.now() - began) / 1000;
  for (const { child } of children) child.stdin.end();
  return { seconds, results, cpu: results.reduce((sum, { cpu }) => sum + cpu, 0) };
}

function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
