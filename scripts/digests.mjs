// npm run digests (-- --against ../another/checkout): digests of outputs, gradients, trained parameters,
// texts and the output of the apps, for the built packages. Two checkouts that compute the same results, to
// the last bit, give the same lines. The lines depend on the processor, so none are stored; compare two
// checkouts on one machine. Within a checkout, any number of threads must give the same lines, and so must
// relaxed WebAssembly and the native kernels with each instruction set.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { bootstrap } from './bootstrap.mjs';
import { turbo } from './build.mjs';
import { fail, root, withLock } from './lib.mjs';

const USAGE = `npm run digests -- [options]

  --against DIR    another built checkout: print the lines that differ, and fail if there are any
  --checkout DIR   use this built checkout instead of the current one
  --only NAMES     run only these configurations, separated by commas
  --help`;

/** Configurations with the same `kind` must give the same lines. */
const CONFIGURATIONS = [
  { name: 'cpu', threads: 1 },
  ...['plain', 'relaxed'].flatMap((binary) =>
    [1, 2].map((threads) => ({
      name: `unrolled ${binary} × ${threads}`,
      ...{ kind: binary, binary, threads, environment: { UNROLLED_NATIVE_KERNELS: '0' } },
    })),
  ),
  ...[1, 2].map((threads) => native({ name: `unrolled native × ${threads}`, threads })),
  native({
    name: 'unrolled native, AVX2',
    threads: 1,
    environment: { UNROLLED_NATIVE_INSTRUCTIONS: 'avx2' },
  }),
  { name: 'apps on cpu', threads: 1, backend: 'cpu' },
  { name: 'apps on unrolled', threads: 2, backend: 'unrolled' },
];

const options = parseOptions();
const checkouts = [options.checkout, options.against].filter((checkout) => checkout !== undefined);
if (checkouts.includes(root)) await buildHere();
for (const checkout of checkouts) requireBuilt(checkout);

const hasNative = checkouts.every(isNativeBuilt);
if (!hasNative) process.stderr.write('native: left out, npm run native-kernels:build makes the kernels\n');
const configurations = options.configurations.filter(({ executor }) => !executor || hasNative);

const startedAt = performance.now();
const jobs = configurations.flatMap((configuration) =>
  checkouts.map((checkout, side) => ({ ...configuration, checkout, side, lines: new Map() })),
);
const failures = await inTurns(jobs);
for (const failure of failures) process.stderr.write(`${failure}\n`);
const [here, there] = checkouts.map((_, side) => linesOf(jobs.filter((job) => job.side === side)));
const different = (there ? compare(here, there) : print(here)) + compareKinds(jobs);
process.stderr.write(`${Math.round((performance.now() - startedAt) / 1000)} s\n`);
process.exitCode = failures.length > 0 || different > 0 || here.size === 0 ? 1 : 0;

function native({ environment, ...own }) {
  const native = { UNROLLED_NATIVE_KERNELS: '1', ...environment };
  return { kind: 'relaxed', executor: 'native', environment: native, ...own };
}

function parseOptions() {
  const text = { type: 'string' };
  try {
    const { values } = parseArgs({
      options: { against: text, checkout: text, only: text, help: { type: 'boolean' } },
    });
    if (values.help) {
      process.stdout.write(`${USAGE}\n`);
      process.exit(0);
    }
    // npm changes to the root, and stores the original directory in INIT_CWD.
    const resolved = (checkout) => checkout && path.resolve(process.env.INIT_CWD ?? process.cwd(), checkout);
    return {
      checkout: resolved(values.checkout) ?? root,
      against: resolved(values.against),
      configurations: chosen(values.only),
    };
  } catch (error) {
    fail(`[unrolled/digests] expected known options, got ${error.message}: --help lists them`);
  }
}

function chosen(only) {
  if (only === undefined) return CONFIGURATIONS;
  const names = only.split(',');
  const strange = names.find((name) => !CONFIGURATIONS.some((known) => known.name === name));
  if (strange === undefined) return CONFIGURATIONS.filter(({ name }) => names.includes(name));
  const known = CONFIGURATIONS.map(({ name }) => name).join(', ');
  return fail(`[unrolled/digests] expected --only to name some of ${known}, got '${strange}'`);
}

/** Other checkouts must be built already; the current one is built first. */
async function buildHere() {
  await bootstrap();
  const { code } = await withLock('build', () => turbo(['build'], { UNROLLED_SKIP_TYPES: '1' }));
  if (code !== 0) fail('[unrolled/digests] expected the packages to build: see the lines above', code ?? 130);
}

function requireBuilt(checkout) {
  const files = [
    ...['kernels', 'cells', 'losses', 'training'].map((name) => `packages/${name}/dist/index.js`),
    ...['hihello', 'char-rnn', 'stock-forecast'].map((name) => `apps/${name}/dist/cli.js`),
  ];
  const missing = files.find((file) => !existsSync(path.join(checkout, file)));
  if (missing === undefined) return;
  fail(
    `[unrolled/digests] expected a built checkout in ${checkout}, got none of ${missing}: run UNROLLED_SKIP_TYPES=1 npx turbo run build there`,
  );
}

function isNativeBuilt(checkout) {
  const folder = path.join(checkout, 'packages', 'native', 'platforms');
  const own = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.startsWith(`${process.platform}-${process.arch}`))
    : [];
  return own.some((name) => existsSync(path.join(folder, name, 'unrolled.node')));
}

/**
 * Runs the jobs in separate processes, as many at a time as there are cores for their threads. Returns the
 * errors.
 */
async function inTurns(jobs) {
  const waiting = [...jobs];
  const running = new Set();
  const failures = [];
  let free = os.availableParallelism();
  while (waiting.length > 0 || running.size > 0) {
    const next = waiting.find(({ threads }) => threads <= free || running.size === 0);
    if (next === undefined) {
      await Promise.race(running);
      continue;
    }
    waiting.splice(waiting.indexOf(next), 1);
    free -= next.threads;
    const ended = runJob(next).then((failure) => {
      if (failure) failures.push(failure);
      next.ended = true;
      tellOf(jobs.filter(({ name }) => name === next.name));
      free += next.threads;
      running.delete(ended);
    });
    running.add(ended);
  }
  return failures;
}

/** Collects the lines of a job, and its error if it failed. */
function runJob(job) {
  const { name, checkout, backend, binary } = job;
  const script = (file) => path.join(root, 'scripts', 'digests', file);
  const relaxedFlag = binary === 'relaxed' && Number(process.versions.node.split('.')[0]) < 22;
  const args = backend
    ? [script('apps-worker.mjs'), checkout, backend]
    : [
        ...['--no-warnings', '--experimental-import-meta-resolve'],
        ...(relaxedFlag ? ['--experimental-wasm-relaxed-simd'] : []),
        ...[script('engine-worker.mjs'), checkout, JSON.stringify(job)],
      ];
  const env = { ...process.env, ...job.environment };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [digest, what] = line.split(/ {2}(.*)/);
    job.lines.set(what, digest);
  });
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(`${name}: ${error.message}`));
    child.on('close', (code, signal) =>
      resolve(code === 0 ? undefined : `${name}: ended with ${signal ?? `code ${code}`} in ${checkout}`),
    );
  });
}

function linesOf(jobs) {
  return new Map(jobs.flatMap(({ lines }) => [...lines]));
}

function print(lines) {
  for (const [what, digest] of lines) process.stdout.write(`${digest}  ${what}\n`);
  process.stdout.write(`digests: ${lines.size}\n`);
  return 0;
}

/** Prints a line of progress when both sides of a configuration have ended. */
function tellOf(sides) {
  if (sides.length < 2 || !sides.every(({ ended }) => ended)) return;
  const { all, different } = differences(...sides.map(({ lines }) => lines));
  process.stderr.write(
    `${sides[0].name}: ${all.length - different.length} equal, ${different.length} different\n`,
  );
}

/** Prints what differs between the configurations of a kind, in each checkout. @returns how many do */
function compareKinds(jobs) {
  let count = 0;
  const firsts = new Map();
  for (const { checkout, kind, name, lines } of jobs) {
    if (kind === undefined) continue;
    const own = new Map([...lines].map(([what, digest]) => [what.replace(`${name}: `, ''), digest]));
    const key = `${checkout} ${kind}`;
    if (!firsts.has(key)) firsts.set(key, { name, own });
    const first = firsts.get(key);
    if (first.own === own) continue;
    const { all, different } = differences(first.own, own);
    for (const what of different) process.stdout.write(`different: ${what}: ${first.name}, ${name}\n`);
    process.stdout.write(`${name} and ${first.name}: ${all.length - different.length} equal\n`);
    count += different.length;
  }
  return count;
}

/** The names of all lines, and of those that differ or are missing on one side. */
function differences(here, there) {
  const all = [...new Set([...here.keys(), ...there.keys()])];
  return { all, different: all.filter((what) => here.get(what) !== there.get(what)) };
}

/** Prints the differences and their number. */
function compare(here, there) {
  const { all, different } = differences(here, there);
  for (const what of different) {
    const [ours, theirs] = [here, there].map((lines) => lines.get(what)?.slice(0, 16) ?? 'none');
    process.stdout.write(`different: ${what}: ${ours}, against ${theirs}\n`);
  }
  process.stdout.write(`digests: ${all.length - different.length} equal, ${different.length} different\n`);
  return different.length;
}
