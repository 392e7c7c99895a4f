/**
 * npm run faults:sweeps: runs short trials on several workers that are killed, stopped for longer than a
 * heartbeat, disconnected, and given wrong clocks. Meanwhile the server restarts, its disk is full (as root),
 * and each worker starts the study again. Workers of two versions share the tables; those of two others must
 * be refused. Every trial must be counted once, with the bytes of an undisturbed run. It needs a build,
 * Debian's PostgreSQL (`apt-get install postgresql`) or `--pglite`, and Node 22.12 (npm's, if yours is
 * older).
 *
 *     npm run faults:sweeps -- --trials 1000 --workers 8 --seed 1
 *     npm run faults:sweeps -- --namespaces              # each worker is a separate host; as root
 *     npm run faults:sweeps -- --pglite --kills 100      # the process that owns the database is killed
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { newerNode } from '../../../scripts/newer-node.mjs';
import { namespaces, proxied, smallDisk } from './faults-places.mjs';
import { versionsIn } from './faults-versions.mjs';
import { beginPostgres, postgresAt } from './postgres-server.mjs';

const own = fileURLToPath(import.meta.url);
const { node, skipped } = await newerNode();
if (skipped) {
  console.error(`[unrolled/faults:sweeps] expected Node 22.12 or newer: ${skipped}`);
  process.exit(1);
}
if (node !== process.execPath) {
  // The end of this script reads the database with our package, too, so all of it runs on that Node.
  const child = spawn(node, [own, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exit(await new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1))));
}

const { beginStudy, openSweepDatabase, readStudy } = await import('../dist/database.js');
const { METHODS, next, STEPS, STUDY, start, worthOf } = await import('./faults-study.mjs');
const { values } = parseArgs({
  options: {
    trials: { type: 'string', default: '200' },
    workers: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
    pglite: { type: 'boolean', default: false },
    kills: { type: 'string', default: '100' },
    namespaces: { type: 'boolean', default: false },
  },
});
const [trials, workers] = [Number(values.trials), Number(values.workers)];
let state = Number(values.seed) * 2654435761 + 1;
const random = () => {
  // Mulberry32.
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};
const wait = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
const counts = {
  ...{ kills: 0, stops: 0, cuts: 0, restarts: 0, 'full disks': 0 },
  ...{ begun: 0, 'other clocks': 0, 'of another version': 0, refused: 0 },
};
const problems = [];
const copies = mkdtempSync(path.join(os.tmpdir(), 'unrolled-versions-'));
const versions = versionsIn(copies);
const place = mkdtempSync(path.join(os.tmpdir(), 'unrolled-faults-'));
const server = values.pglite ? undefined : beginServer();
const address = server?.link.address ?? path.join(place, 'pglite');
const running = new Set();
let isOver = false;
const began = performance.now();
await beginFirst();

const lives = Array.from({ length: server ? workers : 2 }, (_, n) => live(n));
const faults = server ? [hurtWorkers(), hurtServer()] : [killOwners()];
await Promise.all(lives);
isOver = true;
await Promise.all(faults);
await check();

/** A place for a worker. If a worker ends before the study, another one starts. */
async function live(place) {
  for (;;) {
    const child = begin(place);
    const code = await new Promise((resolve) => child.on('close', resolve));
    running.delete(child);
    checkRefusal(child, code);
    if (code === 0) return;
    await wait(0.2);
  }
}

/** Creates our tables before a worker of another version starts. */
async function beginFirst() {
  const database = await openSweepDatabase({ address: server?.address ?? address });
  await beginStudy(database, STUDY, { ...METHODS, trials, attempts: 1000, keep: 'all' });
  await database.close();
}

/** One of twelve workers has a version that is refused. Half of the others have the next version. */
function versionOf() {
  const kind = random();
  if (kind < 1 / 12) return (random() < 0.5 && versions.jobs) || versions.tables;
  return random() < 0.5 ? versions.next : versions.ours;
}

/**
 * Checks that a worker of a version with other tables ended with a message of one line, unless something else
 * ended it before.
 */
function checkRefusal({ version, said, pid }, code) {
  if (!version.refusal) return;
  if (version.refusal.test(said()) && code === 1 && said().trim().split('\n').length === 1) counts.refused++;
  else if (code !== null && !/expected the database/.test(said()))
    problems.push(`worker ${pid} of another version was not refused, but ended with ${code}: ${said()}`);
}

function begin(place) {
  counts.begun++;
  const version = versionOf();
  if (version === versions.next) counts['of another version']++;
  const words = [version.worker, address, String(trials), server ? '1' : '2'];
  const hasFaketime = existsSync('/usr/bin/faketime') && place % 2 === 1;
  if (hasFaketime) counts['other clocks']++;
  const shift = place % 4 === 1 ? '+1h' : '-1h';
  const clock = hasFaketime ? ['/usr/bin/faketime', '-f', shift] : [];
  const command = [...(server?.link.within(place) ?? []), ...clock, node, ...words];
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  child.stdout.once('data', () => {
    child.isOpen = true;
  });
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
    if (version.refusal) return;
    // These messages are expected, from the owner of a closed PGlite, and from faketime after a kill.
    if (!/expected the database|Warning|--trace|faketime/.test(text)) process.stderr.write(text);
  });
  running.add(Object.assign(child, { place, version, said: () => said }));
  return child;
}

/** Sends a signal to a worker and the processes that it started. */
function signal(child, name) {
  try {
    process.kill(-child.pid, name);
  } catch {
    // It has ended in the meantime.
  }
}

async function hurtWorkers() {
  while (!isOver) {
    await wait(0.5 + 3 * random());
    const all = [...running];
    const one = all[Math.floor(random() * all.length)];
    const kind = random();
    if (!one || isOver) continue;
    if (kind < 0.6) {
      counts.kills++;
      signal(one, 'SIGKILL');
    } else if (kind < 0.8) {
      counts.stops++;
      signal(one, 'SIGSTOP');
      void wait(16 + 8 * random()).then(() => signal(one, 'SIGCONT'));
    } else {
      counts.cuts++;
      server.link.cut(random() < 0.5 ? 0.2 : 2 + 22 * random(), one.place);
    }
  }
}

async function hurtServer() {
  while (!isOver) {
    await wait(15 + 20 * random());
    if (isOver) return;
    if (server.disk && random() < 0.4) {
      counts['full disks']++;
      await server.disk.fill(2 + 6 * random());
      // A server that could not write its log has stopped.
      if (!server.isUp()) server.restart('immediate');
      continue;
    }
    counts.restarts++;
    server.restart(random() < 0.5 ? 'fast' : 'immediate');
  }
}

/**
 * Kills one or both of the two processes on a PGlite, at any moment after one of them has opened it. If the
 * owner was killed, the other one becomes the owner. After --kills kills the remaining trials end
 * undisturbed.
 */
async function killOwners() {
  while (!isOver && counts.kills < Number(values.kills)) {
    if (![...running].some(({ isOpen }) => isOpen)) {
      await wait(0.1);
      continue;
    }
    await wait(0.1 + 2.5 * random());
    const all = [...running];
    const chosen = random() < 0.4 ? all : all.slice(0, 1);
    for (const one of chosen) {
      counts.kills++;
      signal(one, 'SIGKILL');
    }
  }
}

/** Compares the contents of the database with those of an undisturbed run. */
async function check() {
  const database = await openSweepDatabase({ address: server?.address ?? address });
  const { events, records } = await readStudy(database, STUDY);
  const told = new Map();
  for (const { event, number } of events) if (event === 'told') told.set(number, (told.get(number) ?? 0) + 1);
  if (records.length !== trials) problems.push(`expected ${trials} trials, got ${records.length}`);
  const { rows } = await database.sql.executeSql(
    "SELECT number, bytes FROM unrolled_sweeps.checkpoints WHERE study = $1 AND file = 'state'",
    [STUDY],
  );
  const checkpoints = new Map(rows.map(({ number, bytes }) => [number, Buffer.from(bytes)]));
  for (let number = 0; number < trials; number++) {
    const parameters = METHODS.sampler.sample({ ...METHODS, direction: 'minimize', number, trials: [] });
    let bytes = start(number, parameters);
    const reports = Array.from({ length: STEPS }, (_, step) => {
      bytes = next(bytes);
      return { step, value: worthOf(bytes) };
    });
    const wanted = { number, parameters, state: 'complete', reports, value: worthOf(bytes) };
    const { number: n, parameters: p, state, reports: r, value } = records[number] ?? {};
    if (JSON.stringify({ number: n, parameters: p, state, reports: r, value }) !== JSON.stringify(wanted))
      problems.push(`trial ${number} differs: ${JSON.stringify(records[number])?.slice(0, 200)}`);
    if (told.get(number) !== 1) problems.push(`trial ${number} was counted ${told.get(number) ?? 0} times`);
    if (!checkpoints.get(number)?.equals(bytes)) problems.push(`trial ${number} has a different checkpoint`);
  }
  await database.close();
  server?.end();
  for (const folder of [place, copies]) rmSync(folder, { recursive: true, force: true });
  const seconds = Math.round((performance.now() - began) / 1000);
  const words = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  console.log(`${trials} trials in ${seconds} s: ${words.join(', ')}`);
  for (const problem of problems.slice(0, 20)) console.log(problem);
  console.log(`faults: ${trials - problems.length} passed, ${problems.length} failed`);
  process.exit(problems.length > 0 ? 1 : 0);
}

/** Starts PostgreSQL, on a small disk if one can be mounted, and the workers' connection to it. */
function beginServer() {
  const disk = smallDisk(place);
  const hosts = values.namespaces ? namespaces(workers) : undefined;
  const postgres = beginPostgres('faults:sweeps', place, {
    ...hosts?.listen,
    settings: disk ? ['max_wal_size=64MB', 'min_wal_size=32MB'] : [],
  });
  const link = hosts ?? proxied(place, postgres);
  return {
    ...postgres,
    disk,
    address: postgresAt(place),
    link,
    end() {
      postgres.end();
      link.end();
      disk?.end();
    },
  };
}
