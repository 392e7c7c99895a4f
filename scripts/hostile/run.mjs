// npm run hostile -- [--inputs 1000000] [--commands 2000] [--seed 1] [--only csv,model]: gives changed and
// generated files to every reader and to the command lines. Each must read a file as its format requires, or
// refuse it with one of our messages, within 5 seconds and within 256 MB above the idle process. Ends with
// `hostile: N inputs, M faults`. A fault is printed with its reader and its number; --reader and --index
// repeat it.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { root } from '../lib.mjs';
import { attackCommands } from './command-lines.mjs';
import { READERS } from './readers.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({
  options: {
    inputs: { type: 'string', default: '1000000' },
    commands: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    processes: { type: 'string', default: '2' },
    reader: { type: 'string' },
    index: { type: 'string' },
  },
});
/** Inputs of one process, and the milliseconds without output after which it counts as hung. */
const PORTION = 5000;
const SILENCE = 8000;
const MOST_MEMORY = 256 * 2 ** 20;

const place = mkdtempSync(path.join(os.tmpdir(), 'unrolled-hostile-'));
process.on('exit', () => rmSync(place, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

const charRnn = path.join(root, 'apps', 'char-rnn');
const configReader = path.join(charRnn, 'node_modules', '.cache', 'config-reader.mjs');
await build({
  entryPoints: [path.join(charRnn, 'scripts', 'config-reader.ts')],
  outfile: configReader,
  ...{ bundle: true, format: 'esm', platform: 'node', logLevel: 'error' },
  external: [...readdirSync(path.join(root, 'packages')).map((name) => `@unrolled/${name}`), '@tensorflow/*'],
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
});

const faults = [];
const totals = new Map();
const started = Date.now();
for await (const _ of inParallel(portions(), Number(options.processes), runPortion));
const rows = [...totals].map(([name, { read, refused, most }]) => ({
  reader: name,
  inputs: read + refused,
  read,
  refused,
  'MB above idle': Math.round(most / 2 ** 20),
}));
let count = rows.reduce((sum, { inputs }) => sum + inputs, 0);
console.table(rows);
const commands = options.reader || options.only ? 0 : Number(options.commands);
if (commands > 0) {
  const outcome = await attackCommands({
    place,
    commands,
    seed: options.seed,
    processes: Number(options.processes),
  });
  console.table(outcome.rows);
  faults.push(...outcome.faults);
  count += commands;
}
for (const fault of faults.slice(0, 50)) console.log(fault);
const seconds = Math.round((Date.now() - started) / 1000);
console.log(`hostile: ${count} inputs, ${faults.length} faults, seed ${options.seed}, ${seconds} s`);
process.exit(faults.length > 0 || count === 0 ? 1 : 0);

/** The inputs of each reader, in portions. Each portion gets a process. */
function* portions() {
  if (options.reader) {
    const index = Number(options.index);
    yield { name: options.reader, first: index, end: index + 1 };
    return;
  }
  const names = Object.keys(READERS).filter(
    (name) => !options.only || options.only.split(',').includes(name),
  );
  const shares = names.reduce((sum, name) => sum + READERS[name].share, 0);
  for (const name of names) {
    const inputs = Math.ceil((Number(options.inputs) * READERS[name].share) / shares);
    for (let first = 0; first < inputs; first += PORTION)
      yield { name, first, end: Math.min(inputs, first + PORTION) };
  }
}

async function* inParallel(work, count, run) {
  const iterator = work[Symbol.iterator]();
  const worker = async () => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) await run(next.value);
  };
  yield await Promise.all(Array.from({ length: count }, worker));
}

/**
 * Runs a portion in a separate process. If the process hangs or ends too early, its last input is a fault,
 * and the other portions still run.
 */
async function runPortion({ name, first, end }) {
  const args = [
    path.join(here, 'child.mjs'),
    name,
    first,
    end,
    options.seed,
    path.join(place, `${name}-${first}`),
  ];
  // With a small heap, the measured memory is what a reader uses, without garbage that is not collected yet.
  const heap = ['--expose-gc', '--max-old-space-size=200', '--max-semi-space-size=8'];
  const child = spawn(process.execPath, [...heap, ...args.map(String)], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, UNROLLED_CONFIG_READER: configReader },
  });
  let [at, ended, silent, errors] = [first, false, false, ''];
  let timer;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      silent = true;
      child.kill('SIGKILL');
    }, SILENCE * 3);
  };
  wait();
  child.stderr.on('data', (text) => {
    errors = `${errors}${text}`.slice(-600);
  });
  for await (const line of createInterface({ input: child.stdout })) {
    wait();
    const message = JSON.parse(line);
    if (message.fault) faults.push(`${name} ${message.index}: ${message.fault}`);
    if (message.at !== undefined) at = message.at;
    if (message.end) {
      ended = true;
      note(name, message);
    }
  }
  clearTimeout(timer);
  if (ended) return;
  faults.push(`${name} ${at} and some after it: ${silent ? 'no answer' : `the process ended: ${errors}`}`);
}

function note(name, { end: { read, refused }, idle, most }) {
  const above = most - idle;
  const before = totals.get(name) ?? { read: 0, refused: 0, most: 0 };
  totals.set(name, {
    read: before.read + read,
    refused: before.refused + refused,
    most: Math.max(before.most, above),
  });
  if (above > MOST_MEMORY) faults.push(`${name}: ${Math.round(above / 2 ** 20)} MB above the idle process`);
}
