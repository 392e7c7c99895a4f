/**
 * npm run faults:sweeps: short trials on several workers that are killed, stopped for longer than a
 * heartbeat, cut off and given other clocks, while the server restarts and each worker begins the study
 * again. Every trial must be counted once, with the bytes of an undisturbed run. It needs a build, Debian's
 * PostgreSQL (`apt-get install postgresql`) or `--pglite`, and Node 22.12 (npm's, where need be).
 *
 *     npm run faults:sweeps -- --trials 1000 --workers 8 --seed 1
 *     npm run faults:sweeps -- --pglite --trials 300     # the process that owns the database is killed
 */
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { newerNode } from '../../../scripts/newer-node.mjs';

const own = fileURLToPath(import.meta.url);
const { node, skipped } = await newerNode();
if (skipped) {
  console.error(`[unrolled/faults:sweeps] expected Node 22.12 or newer: ${skipped}`);
  process.exit(1);
}
if (node !== process.execPath) {
  // The database's entry is asked too, at the end: all of it runs on that Node.
  const child = spawn(node, [own, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exit(await new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1))));
}

const { openSweepDatabase, readStudy } = await import('../dist/database.js');
const { METHODS, next, STEPS, STUDY, start, worthOf } = await import('./faults-study.mjs');
const { values } = parseArgs({
  options: {
    trials: { type: 'string', default: '200' },
    workers: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
    pglite: { type: 'boolean', default: false },
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
const counts = { kills: 0, stops: 0, cuts: 0, restarts: 0, begun: 0, 'other clocks': 0 };
const place = mkdtempSync(path.join(os.tmpdir(), 'unrolled-faults-'));
const server = values.pglite ? undefined : beginServer();
const address = server?.proxied ?? path.join(place, 'pglite');
const running = new Set();
let isOver = false;
const began = performance.now();

const lives = Array.from({ length: server ? workers : 1 }, (_, n) => live(n));
const faults = server ? [hurtWorkers(), hurtServer()] : [killOwner()];
await Promise.all(lives);
isOver = true;
await Promise.all(faults);
await check();

/** One place for a worker: where one ends before its end, another begins. */
async function live(place) {
  for (;;) {
    const child = begin(place);
    const code = await new Promise((resolve) => child.on('close', resolve));
    running.delete(child);
    if (code === 0) return;
    await wait(0.2);
  }
}

function begin(place) {
  counts.begun++;
  const words = [
    path.join(path.dirname(own), 'faults-worker.mjs'),
    address,
    String(trials),
    server ? '1' : '4',
  ];
  const hasFaketime = existsSync('/usr/bin/faketime') && place % 2 === 1;
  if (hasFaketime) counts['other clocks']++;
  const shift = place % 4 === 1 ? '+1h' : '-1h';
  const command = hasFaketime ? ['/usr/bin/faketime', '-f', shift, node, ...words] : [node, ...words];
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  child.stderr.on('data', (text) => {
    // These messages are expected from the owner of a closed PGlite.
    if (!/expected the database|Warning|--trace/.test(text)) process.stderr.write(text);
  });
  running.add(child);
  return child;
}

/** A signal to a worker and what it began. */
function signal(child, name) {
  try {
    process.kill(-child.pid, name);
  } catch {
    // It has ended meanwhile.
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
      server.cut(random() < 0.5 ? 0 : 2 + 6 * random());
    }
  }
}

async function hurtServer() {
  while (!isOver) {
    await wait(15 + 20 * random());
    if (isOver) return;
    counts.restarts++;
    server.restart(random() < 0.5 ? 'fast' : 'immediate');
  }
}

async function killOwner() {
  while (!isOver) {
    await wait(0.5 + 6 * random());
    for (const one of running) {
      counts.kills++;
      signal(one, 'SIGKILL');
    }
  }
}

/** Compares all that the database holds with what an undisturbed run would have given. */
async function check() {
  const database = await openSweepDatabase({ address: server?.address ?? address });
  const { events, records } = await readStudy(database, STUDY);
  const problems = [];
  const told = new Map();
  for (const { event, number } of events) if (event === 'told') told.set(number, (told.get(number) ?? 0) + 1);
  if (records.length !== trials) problems.push(`${records.length} trials, not ${trials}`);
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
    if (!checkpoints.get(number)?.equals(bytes)) problems.push(`trial ${number} has another checkpoint`);
  }
  await database.close();
  server?.end();
  rmSync(place, { recursive: true, force: true });
  const seconds = Math.round((performance.now() - began) / 1000);
  const words = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  console.log(`${trials} trials in ${seconds} s: ${words.join(', ')}`);
  for (const problem of problems.slice(0, 20)) console.log(problem);
  console.log(`faults: ${trials - problems.length} passed, ${problems.length} failed`);
  process.exit(problems.length > 0 ? 1 : 0);
}

/** Debian's PostgreSQL in a folder of its own, and a link to it that can be cut. */
function beginServer() {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
  const home = path.join('/usr/lib/postgresql', versions.sort((a, b) => b - a)[0] ?? 'none', 'bin');
  if (!existsSync(path.join(home, 'initdb'))) {
    console.error(
      '[unrolled/faults:sweeps] expected PostgreSQL, got none: apt-get install postgresql, or --pglite',
    );
    process.exit(1);
  }
  const [data, linked] = ['data', 'linked'].map((name) => path.join(place, name));
  const isRoot = os.userInfo().uid === 0;
  mkdirSync(linked);
  if (isRoot) {
    const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'])));
    chownSync(place, uid, gid);
  }
  const call = (program, ...args) => {
    const whole = [...(isRoot ? ['runuser', '-u', 'postgres', '--'] : []), path.join(home, program), ...args];
    execFileSync(whole[0], whole.slice(1), { stdio: 'ignore', cwd: place });
  };
  call('initdb', '-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync');
  const options = `-c listen_addresses= -c unix_socket_directories=${place} -c max_connections=200`;
  const begin = () => call('pg_ctl', '-D', data, '-w', '-l', path.join(place, 'log'), '-o', options, 'start');
  begin();
  const links = new Set();
  let until = 0;
  const proxy = net.createServer((client) => {
    const upstream = net.connect(path.join(place, '.s.PGSQL.5432'));
    const ends = [client, upstream];
    links.add(ends);
    for (const [one, other] of [ends, [upstream, client]]) {
      one.on('error', () => other.destroy());
      one.on('close', () => {
        other.destroy();
        links.delete(ends);
      });
      one.on('data', (bytes) => {
        // While the link is cut, what was sent is lost without a word.
        if (performance.now() >= until) other.write(bytes);
      });
    }
  });
  proxy.listen(path.join(linked, '.s.PGSQL.5432'));
  const at = (directory) => `postgres://postgres@localhost/postgres?host=${encodeURIComponent(directory)}`;
  return {
    address: at(place),
    proxied: at(linked),
    /** Breaks every link: at once for 0 seconds, else silently for so long, and then at once. */
    cut(seconds) {
      until = performance.now() + 1000 * seconds;
      void wait(seconds).then(() => {
        for (const ends of links) for (const one of ends) one.destroy();
      });
    },
    restart(mode) {
      call('pg_ctl', '-D', data, '-w', '-m', mode, 'stop');
      begin();
    },
    end() {
      proxy.close();
      call('pg_ctl', '-D', data, '-m', 'immediate', 'stop');
    },
  };
}
