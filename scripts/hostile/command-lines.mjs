// Runs the command lines on files that may come from anywhere. Each command must end within 5 seconds more
// than a valid file takes, with code 0 or 1 and one of our messages: no stack, no 'bug', no control character
// in an error (a sample in a pipe is written unchanged), no incomplete file.
import { spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { root } from '../lib.mjs';
import { hasControls, mutateBytes, randomBytes, randomFrom } from './random.mjs';

const app = (name) => path.join(root, 'apps', name, 'dist', 'cli.js');
const SMALL = ['--units', '4', '--layers', '1', '--batch-size', '2', '--sequence-length', '8'];
const QUICK_FORECAST = ['--target', 'sold', '--horizon', '2', '--folds', '1', '--units', '2'];
const COVARIATES = ['--series', 'shop', '--known', 'promotion', '--static', 'region', '--steps', '1'];
const LONGEST = 5000;
const MOST_MEMORY = 256 * 2 ** 20;
/** Writes the maximum memory of a process, in KiB, when it exits. */
const METER = `data:text/javascript,import{writeFileSync as w}from'node:fs';process.on('exit',()=>{if(process.env.METER)w(process.env.METER,String(process.resourceUsage().maxRSS))})`;

/** For each command: the valid files that it reads, and its arguments with one of them changed. */
const COMMANDS = {
  'char-rnn train': {
    files: ['text.txt'],
    args: (file, out) => [
      app('char-rnn'),
      'train',
      file,
      ...SMALL,
      '--steps',
      '1',
      '--sample-every',
      '0',
      '--run-directory',
      out,
    ],
  },
  'char-rnn train --config': {
    files: ['config.json'],
    args: (file, out) => [
      app('char-rnn'),
      'train',
      '../text.txt',
      '--config',
      file,
      ...SMALL,
      '--steps',
      '1',
      '--sample-every',
      '0',
      '--run-directory',
      out,
    ],
  },
  'char-rnn sample': {
    files: ['run/best.safetensors'],
    args: (file) => [app('char-rnn'), 'sample', '--checkpoint', file, '--length', '5'],
  },
  'char-rnn score': {
    files: ['text.txt', 'run/best.safetensors'],
    args: (file) =>
      file.endsWith('.txt')
        ? [app('char-rnn'), 'score', file, '--checkpoint', '../run/best.safetensors']
        : [app('char-rnn'), 'score', '../text.txt', '--checkpoint', file],
  },
  'char-rnn export': {
    files: ['run/best.safetensors'],
    args: (file, out) => [
      app('char-rnn'),
      'export',
      '--checkpoint',
      file,
      '--format',
      'onnx',
      '--output',
      `${out}.onnx`,
    ],
  },
  'stock-forecast backtest': {
    files: ['prices.csv', 'german.csv'],
    args: (file, out) => [
      app('stock-forecast'),
      'backtest',
      file,
      '--folds',
      '1',
      '--epochs',
      '1',
      '--units',
      '2',
      '--run-directory',
      out,
    ],
  },
  'stock-forecast forecast': {
    files: ['model/model.safetensors', 'prices.csv'],
    args: (file) =>
      file.endsWith('.csv')
        ? [app('stock-forecast'), 'forecast', file, '--model', '../model/model.safetensors']
        : [app('stock-forecast'), 'forecast', '../prices.csv', '--model', file],
  },
  'forecast backtest': {
    files: ['shops.csv'],
    args: (file, out) => [
      app('forecast'),
      'backtest',
      file,
      ...QUICK_FORECAST,
      '--epochs',
      '1',
      '--baselines',
      'drift',
      '--run-directory',
      out,
    ],
  },
  'forecast train --known': {
    files: ['shops.csv'],
    args: (file, out) => [
      app('forecast'),
      'train',
      file,
      ...QUICK_FORECAST,
      ...COVARIATES,
      '--baselines',
      'drift',
      '--run-directory',
      out,
    ],
  },
  'forecast forecast': {
    files: ['shops.csv', 'many/model.safetensors', 'many/model.json'],
    args: (file) =>
      file.endsWith('.csv')
        ? [app('forecast'), 'forecast', file, '--model', '../many']
        : [app('forecast'), 'forecast', '../shops.csv', '--model', '.'],
    // A model is a directory: unchanged files are next to the changed one.
    whole: ['many/model.safetensors', 'many/model.json'],
  },
};

/** Runs the commands in turn, on changed and generated files. */
export async function attackCommands({ place, commands, seed, processes }) {
  const directory = path.join(place, 'commands');
  prepare(directory);
  const names = Object.keys(COMMANDS);
  const idle = await idleMemory(directory, names);
  const rows = Object.fromEntries(
    names.map((name) => [name, { runs: 0, 'exit 0': 0, 'exit 1': 0, longest: 0, 'MB above idle': 0 }]),
  );
  const faults = [];
  let next = 0;
  const worker = async () => {
    while (next < commands) {
      const index = next++;
      const name = names[index % names.length];
      const random = randomFrom(`${seed} ${name} ${index}`);
      const { fault, code, took, memory } = await attack(directory, COMMANDS[name], index, random);
      const above = memory - idle[name];
      const row = rows[name];
      row.runs += 1;
      row[`exit ${code}`] = (row[`exit ${code}`] ?? 0) + 1;
      row.longest = Math.max(row.longest, Math.round(took));
      row['MB above idle'] = Math.max(row['MB above idle'], Math.round(above / 2 ** 20));
      if (fault) faults.push(`${name} ${index}: ${fault}`);
      else if (above > MOST_MEMORY)
        faults.push(`${name} ${index}: ${Math.round(above / 2 ** 20)} MB above the idle process`);
    }
  };
  await Promise.all(Array.from({ length: processes }, worker));
  return { rows, faults };
}

function prepare(directory) {
  mkdirSync(directory, { recursive: true });
  const file = (name, text) => writeFileSync(path.join(directory, name), text);
  file('text.txt', 'she sells sea shells by the sea shore. '.repeat(60));
  file('config.json', JSON.stringify({ units: 4, layers: 1, 'learning-rate': 0.01 }));
  const price = (row) => (100 + 5 * Math.sin(row / 4) + row / 10).toFixed(2);
  const day = (row) => new Date(Date.UTC(2026, 0, 1 + row)).toISOString().slice(0, 10);
  const lines = (line) => Array.from({ length: 120 }, (_, row) => line(day(row), price(row))).join('\n');
  file('prices.csv', `Date,Close,Volume\n${lines((date, value) => `${date},${value},1000`)}\n`);
  file(
    'german.csv',
    `Datum;Schluss\n${lines((date, value) => `${date.split('-').reverse().join('.')};${value.replace('.', ',')}`)}\n`,
  );
  const shops = Array.from({ length: 90 }, (_, row) => {
    const [shop, at] = [Math.floor(row / 30), row % 30];
    const sold = at < 28 ? 10 * (shop + 1) + (at % 7) + ((at * 5) % 3) : '';
    return `s${shop},${day(at)},${sold},${at % 2},${shop ? 'town' : 'land'}`;
  });
  file('shops.csv', `shop,day,sold,promotion,region\n${shops.join('\n')}\n`);
  const made = (args) => {
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: directory, encoding: 'utf8' });
    if (status !== 0)
      throw new Error(`[unrolled/hostile] ${args.slice(1).join(' ')} ended with ${status}: ${stderr}`);
  };
  made([
    app('char-rnn'),
    'train',
    'text.txt',
    ...SMALL,
    '--steps',
    '2',
    '--sample-every',
    '0',
    '--run-directory',
    'run',
  ]);
  made([
    app('stock-forecast'),
    'train',
    'prices.csv',
    '--units',
    '2',
    '--epochs',
    '1',
    '--no-report',
    '--run-directory',
    'model',
  ]);
  const many = [...QUICK_FORECAST, ...COVARIATES, '--no-report', '--run-directory', 'many'];
  made([app('forecast'), 'train', 'shops.csv', ...many]);
}

/** The memory of each command on its valid file. */
async function idleMemory(directory, names) {
  const result = {};
  for (const name of names) {
    const { files, args } = COMMANDS[name];
    const { code, memory, output } = await start(directory, `valid-${names.indexOf(name)}`, (own) =>
      args(path.join('..', files[0]), own),
    );
    if (code !== 0)
      throw new Error(`[unrolled/hostile] ${name} on a valid file ended with ${code}: ${output}`);
    result[name] = memory;
  }
  return result;
}

async function attack(directory, { files, args, whole = [] }, index, random) {
  const source = random.pick(files);
  const original = readFileSync(path.join(directory, source));
  const bytes = random.chance(0.5) ? mutateBytes(random, original, original) : randomBytes(random);
  const given = whole.includes(source) ? path.basename(source) : `given${path.extname(source)}`;
  const outcome = await start(directory, `run-${index}`, (own) => {
    const folder = path.join(directory, `run-${index}`);
    for (const file of whole)
      copyFileSync(path.join(directory, file), path.join(folder, path.basename(file)));
    writeFileSync(path.join(folder, given), bytes);
    return args(given, own);
  });
  const fault = faultOf(outcome);
  return { ...outcome, fault: fault && `${fault}\n${outcome.output.slice(0, 500)}` };
}

function faultOf({ code, signal, took, output, errors, left }) {
  if (signal) return `ended by ${signal}`;
  if (code !== 0 && code !== 1) return `exit code ${code}`;
  if (/\n {4}at |stopped by a bug|UnhandledPromise/.test(output)) return 'a stack';
  if (hasControls(errors)) return 'control characters';
  if (took > LONGEST * 2) return `a result after ${Math.round(took)} ms`;
  if (left.length > 0) return `an incomplete file: ${left.join(', ')}`;
  return undefined;
}

/** Runs a command in a folder of its own, which is removed after it. */
function start(directory, name, argsOf) {
  const folder = path.join(directory, name);
  mkdirSync(folder);
  const meter = path.join(folder, 'meter');
  const args = argsOf('out');
  const begin = performance.now();
  const child = spawn(process.execPath, ['--import', METER, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, METER: meter, NO_COLOR: '1' },
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST * 6);
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'])
    child[stream].on('data', (text) => {
      said[stream] += text;
    });
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const took = performance.now() - begin;
      const left = readdirSync(folder, { recursive: true }).filter((file) =>
        /\.(tmp|partial)\b|~$/.test(file),
      );
      const memory = existsSync(meter) ? Number(readFileSync(meter, 'utf8')) * 1024 : 0;
      rmSync(folder, { recursive: true, force: true });
      resolve({ code, signal, took, memory, left, output: said.stdout + said.stderr, errors: said.stderr });
    });
  });
}
