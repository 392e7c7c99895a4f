// node apps-worker.mjs CHECKOUT BACKEND: digests of the output of the three programs, as lines
// `digest  name`. Files are not included, because their formats may change.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Digest, uniform } from './numbers.mjs';

const [checkout, backend] = process.argv.slice(2);
const place = mkdtempSync(path.join(os.tmpdir(), 'unrolled-digests-'));
const startedAt = performance.now();
try {
  hihello();
  charRnn();
  stockForecast();
} finally {
  rmSync(place, { recursive: true });
}
process.stderr.write(`apps on ${backend}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);

function hihello() {
  for (const cell of ['rnn', 'lstm', 'gru']) {
    const args = ['--cell', cell, '--layers', '2', '--units', '9', '--json'];
    print(`hihello, ${cell}`, results(run('hihello', args).output));
  }
}

/**
 * Trains on a text of words with unequal frequencies, with two layers, because one layer on several threads
 * has a race.
 */
function charRnn() {
  const file = path.join(place, 'text.txt');
  const draw = uniform(5);
  const words = 'call me the whale ship sea and of some years ago never mind how long'.split(' ');
  const text = Array.from({ length: 6000 }, () => words[Math.floor(words.length * draw() ** 2)]).join(' ');
  writeFileSync(file, text);
  const directory = path.join(place, 'char-rnn');
  const trained = run('char-rnn', [
    ...['train', file, '--layers', 2, '--units', 24, '--dropout', 0.1, '--steps', 40, '--batch-size', 16],
    ...['--sequence-length', 20, '--validate-every', 10, '--validation-limit', 1000, '--json'],
    ...['--sample-every', 20, '--sample-length', 60, '--run-directory', directory],
  ]);
  print('char-rnn train: result', results(trained.output));
  print('char-rnn train: losses and samples', trainingLog(trained.log));
  const checkpoint = ['--checkpoint', directory, '--json'];
  const sample = ['sample', ...checkpoint, '--length', 120, '--prime', 'call me '];
  const commands = {
    sample,
    'sample, filtered': [...sample, '--temperature', 0.6, '--top-k', 5, '--repetition-penalty', 1.3],
    'sample, three': [...sample, '--samples', 3, '--top-p', 0.9],
    'sample, beam': [...sample, '--beam', 4],
    score: ['score', ...checkpoint, file],
    compare: ['compare', ...checkpoint, 'the sea', 'never the', 'call me'],
  };
  for (const [name, args] of Object.entries(commands)) {
    print(`char-rnn ${name}`, results(run('char-rnn', args).output));
  }
}

function stockForecast() {
  const directory = path.join(place, 'stock');
  const small = ['--units', 8, '--window', 9, '--no-report', '--json'];
  const task = ['--features', 'Open,High,Low,Close', '--horizon', 2];
  const commands = {
    train: ['train', ...task, ...small, '--steps', 40, '--run-directory', directory],
    backtest: ['backtest', ...small, '--folds', 2, '--epochs', 1, '--cell', 'gru', '--loss', 'quantile'],
    lab: ['train', '--lab', '--json', '--steps', 20],
  };
  for (const [name, args] of Object.entries(commands)) {
    const own = args.includes('--run-directory') ? [] : ['--run-directory', path.join(place, name)];
    print(`stock-forecast ${name}`, results(run('stock-forecast', [...args, ...own]).output));
  }
  const prices = path.join(checkout, 'apps', 'stock-forecast', 'dist', 'data', 'aapl.csv');
  const model = path.join(directory, 'model.safetensors');
  print(
    'stock-forecast forecast',
    results(run('stock-forecast', ['forecast', prices, '--model', model, '--json']).output),
  );
}

function print(name, text) {
  process.stdout.write(`${new Digest().addText(text)}  ${backend}: apps: ${name}\n`);
}

/** Runs a program to its end, and returns its standard output and standard error. */
function run(app, args) {
  const cli = path.join(checkout, 'apps', app, 'dist', 'cli.js');
  const all = [cli, ...args.map(String), '--backend', backend];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, { cwd: place, encoding: 'utf8' });
  if (status === 0) return { output: stdout, log: stderr };
  throw new Error(`expected ${app} ${args.join(' ')} to succeed, got exit code ${status}: ${stderr}`);
}

/** The JSON object of the last line, with sorted keys. */
function results(output) {
  const last = JSON.parse(output.trim().split('\n').at(-1));
  const kept = JSON.stringify(last, (key, value) => {
    if (isIgnored(key, value)) return undefined;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
  return withoutPlaces(kept);
}

/** Removes times and the names of written files. Among metrics, `model` is an object. */
function isIgnored(key, value) {
  const ignored = ['tokensPerSecond', 'seconds', 'checkpoint', 'runDirectory', 'written'];
  return ignored.includes(key) || (key === 'model' && typeof value === 'string');
}

function withoutPlaces(text) {
  return text.replaceAll(place, '').replaceAll(checkout, '');
}

/** The loss of every printed step, the lines with validations, and the samples. */
function trainingLog(log) {
  const kept = log.match(/step \d+\/\d+ · loss [\d.]+|step \d+: .*|--- sample [\s\S]*?\n---/g) ?? [];
  return withoutPlaces(kept.join('\n'));
}
