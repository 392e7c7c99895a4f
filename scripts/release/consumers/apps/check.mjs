// Runs the command lines as npx finds them. hihello learns its text; the others train a few steps. Each
// prints one line.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';

const run = (...args) =>
  execFileSync('npx', ['--no-install', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
const last = (text) => JSON.parse(text.trim().split('\n').at(-1));

mkdirSync('data', { recursive: true });
writeFileSync('data/text.txt', 'the quick brown fox jumps over the lazy dog. '.repeat(100));
const day = (n) => new Date(Date.UTC(2024, 0, 1) + n * 86_400_000).toISOString().slice(0, 10);
const prices = Array.from({ length: 200 }, (_, n) => `${day(n)},${(100 + 10 * Math.sin(n / 9)).toFixed(2)}`);
writeFileSync('data/prices.csv', ['date,close', ...prices].join('\n'));

console.log(run('hihello', '--help').split('\n')[0]);
last(
  run(
    'char-rnn',
    'train',
    'data/text.txt',
    '--units',
    '16',
    '--steps',
    '20',
    '--json',
    '--run-directory',
    'data/run',
  ),
);
console.log(
  run(
    'char-rnn',
    'sample',
    '--checkpoint',
    'data/run/best.safetensors',
    '--length',
    '20',
    '--seed',
    '1',
  ).trim().length > 0
    ? 'char-rnn trains and samples'
    : 'char-rnn sampled nothing',
);
last(
  run(
    'stock-forecast',
    'backtest',
    'data/prices.csv',
    '--epochs',
    '1',
    '--folds',
    '2',
    '--json',
    '--output',
    'data/report',
  ),
);
console.log('stock-forecast back-tests');
last(
  run(
    'forecast',
    'backtest',
    'data/prices.csv',
    '--target',
    'Close',
    '--horizon',
    '3',
    '--folds',
    '1',
    '--epochs',
    '1',
    '--json',
    '--output',
    'data/many',
  ),
);
console.log('forecast back-tests');
const { best, trials } = last(
  run('sweep', 'hihello', '--cells', 'rnn,gru', '--trials', '2', '--study', 'data/study', '--json'),
);
console.log(`sweep ran ${trials} trials, the best with ${best.parameters.cells}`);
const { text } = last(run('hihello', '--json'));
console.log(text);
