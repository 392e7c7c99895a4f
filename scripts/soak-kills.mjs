// npm run soak:kills (-- --kills 1000 --seed 1 --lanes 2): kills commands by SIGTERM, SIGHUP, SIGINT and
// SIGKILL at moments spread evenly over their run time. It then resumes or repeats each command, and compares
// its files byte for byte with those of a command that was not killed. The commands are char-rnn train, train
// --resume and export, char-rnn's token cache, and stock-forecast backtest. 1,000 kills take about 25 minutes
// on two idle cores. If a file differs, a stack trace is printed, or a command does not end as its signal
// requires, the exit code is 1 and the directories are kept.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bootstrap } from './bootstrap.mjs';
import { buildApp } from './build.mjs';
import { root, uniforms } from './lib.mjs';
import { sleep, start } from './soak/processes.mjs';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    lanes: { type: 'string', default: '2' },
  },
});
const SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGKILL'];
const EXIT_CODES = { SIGTERM: 143, SIGHUP: 129, SIGINT: 130 };
/** The times in a log. */
const TIMES = /,"(tokensPerSecond|time)":("[^"]*"|[^,}]*)/g;
/** If a command ends before its kill, it is run again with an earlier kill, at most this many times. */
const MOST_TRIES = 8;

await bootstrap();
for (const app of ['char-rnn', 'stock-forecast']) await buildApp(app);
const cliOf = (app) => path.join(root, 'apps', app, 'dist', 'cli.js');
const uniform = uniforms(Number(values.seed));
const place = mkdtempSync(path.join(os.tmpdir(), 'unrolled-soak-kills-'));
const at = (...parts) => path.join(place, ...parts);
writeInputs();

const small = [
  ...['--units', '16', '--layers', '1', '--batch-size', '8', '--sequence-length', '16', '--dropout', '0.2'],
  ...['--steps', '120', '--checkpoint-every', '7', '--validate-every', '20', '--validation-limit', '400'],
  ...['--log-every', '1', '--sample-every', '0', '--sample-length', '10'],
];
const begin = (directory) => ['train', at('words.txt'), ...small, '--run-directory', directory];
/** Resumes a run from its checkpoint, or starts it if there is none yet. */
const goOn = (first) => (directory) =>
  existsSync(path.join(directory, 'last.safetensors')) ? ['train', '--resume', directory] : first(directory);
const exporting = (directory) => [
  ...[
    'export',
    '--checkpoint',
    at('whole-train'),
    '--format',
    'onnx',
    '--output',
    path.join(directory, 'model.onnx'),
  ],
];
const backtest = (directory) => [
  ...['backtest', at('prices.csv'), '--folds', '4', '--epochs', '4', '--units', '4', '--window', '6'],
  ...['--workers', '1', '--output', directory],
];
const caching = (directory) => [
  ...[
    'train',
    at('large.txt'),
    ...small,
    '--steps',
    '3',
    '--validation',
    '0.001',
    '--run-directory',
    directory,
  ],
  ...['--cache-directory', path.join(directory, 'cache')],
];
const RUN = ['last.safetensors', 'best.safetensors', 'log.jsonl', 'loss.svg'];
/**
 * For each: the arguments that start it, those that finish it after a kill, and the files that are compared.
 */
const COMMANDS = [
  { name: 'train', app: 'char-rnn', first: begin, again: goOn(begin), files: RUN },
  { name: 'resume', app: 'char-rnn', first: goOn(begin), again: goOn(begin), files: RUN, from: 'half' },
  {
    ...{ name: 'export', app: 'char-rnn', first: exporting, files: ['model.onnx'] },
    // An existing file is complete, and the command refuses to replace it, so it is not exported again.
    again: (directory) => (existsSync(path.join(directory, 'model.onnx')) ? undefined : exporting(directory)),
  },
  {
    ...{ name: 'backtest', app: 'stock-forecast', first: backtest, again: backtest },
    files: ['forecasts.csv', 'metrics.csv', 'folds.csv'],
  },
  {
    name: 'cache',
    app: 'char-rnn',
    first: caching,
    again: goOn(caching),
    files: ['last.safetensors', 'cache'],
  },
];

console.log(`in ${place}`);
for (const command of COMMANDS) await measure(command);
const jobs = plan(Number(values.kills));
const counts = new Map();
const failures = [];
let done = 0;
const begunAt = performance.now();
await Promise.all(Array.from({ length: Number(values.lanes) }, () => lane()));
report();

/** Runs a command without a kill, for the files to compare with and for its run time. */
async function measure(command) {
  const { name, first, app, from } = command;
  const directory = at(`whole-${name}`);
  if (from === 'half') await stopHalfWay();
  command.lengths = [];
  // The first run gives the files. The others run in parallel, as many as there are lanes, and give the run
  // time.
  const runs = [
    directory,
    ...Array.from({ length: Number(values.lanes) }, (_, n) => at(`timed-${name}-${n}`)),
  ];
  for (const group of [runs.slice(0, 1), runs.slice(1)])
    await Promise.all(
      group.map(async (each) => {
        prepare(command, each);
        const startedAt = performance.now();
        await complete(app, first(each));
        if (each !== directory) command.lengths.push(performance.now() - startedAt);
      }),
    );
  for (const each of runs.slice(1)) rmSync(each, { recursive: true, force: true });
  command.length = Math.max(...command.lengths);
  command.whole = from === 'half' ? at('whole-train') : directory;
  console.log(`${name}: ${(command.length / 1000).toFixed(1)} s without a kill`);
}

/** Stops a run halfway, for `resume` to continue. */
async function stopHalfWay() {
  const directory = at('half');
  const log = path.join(directory, 'log.jsonl');
  const run = start(cliOf('char-rnn'), begin(directory));
  while (run.isRunning() && !(existsSync(log) && readFileSync(log, 'utf8').split('\n').length > 50))
    await sleep(2);
  await run.kill('SIGTERM');
}

function prepare({ from }, directory) {
  if (from === undefined) mkdirSync(directory);
  else cpSync(at(from), directory, { recursive: true });
}

async function complete(app, args) {
  const { code, output } = await start(cliOf(app), args).ended;
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${output}`);
}

/**
 * The same number of kills for each command, with each signal in turn, at evenly spread moments, in random
 * order.
 */
function plan(kills) {
  const each = Math.ceil(kills / COMMANDS.length);
  const all = COMMANDS.flatMap((command) =>
    Array.from({ length: each }, (_, n) => ({
      ...{ command, signal: SIGNALS[n % SIGNALS.length], share: (n + uniform()) / each },
    })),
  );
  for (let n = all.length - 1; n > 0; n--) {
    const other = Math.floor(uniform() * (n + 1));
    [all[n], all[other]] = [all[other], all[n]];
  }
  return all.slice(0, kills).map((job, number) => ({ ...job, number }));
}

async function lane() {
  for (let job = jobs.pop(); job !== undefined; job = jobs.pop()) {
    const directory = at(`${job.command.name}-${job.number}`);
    const complaint = await killAndGoOn(job, directory).catch((error) => error.message);
    const key = `${job.command.name} ${job.signal}`;
    const count = counts.get(key) ?? { kills: 0, same: 0 };
    counts.set(key, { kills: count.kills + 1, same: count.same + (complaint === undefined ? 1 : 0) });
    if (complaint === undefined) rmSync(directory, { recursive: true, force: true });
    else {
      failures.push(`${key} after ${(100 * job.share).toFixed(0)} %, ${directory}: ${complaint}`);
      console.log(`FAILED: ${failures.at(-1)}`);
    }
    done += 1;
    if (done % 50 === 0) console.log(`${done} kills, ${Math.round((performance.now() - begunAt) / 1000)} s`);
  }
}

/** @returns the problem in words; undefined if there is none */
async function killAndGoOn({ command, signal, share }, directory) {
  const { app, first, again } = command;
  let ended;
  for (let attempt = 0; ; attempt++) {
    rmSync(directory, { recursive: true, force: true });
    prepare(command, directory);
    const run = start(cliOf(app), first(directory));
    await Promise.race([sleep(share * command.length * 0.85 ** attempt), run.ended]);
    const isLate = !run.isRunning();
    ended = await run.kill(signal);
    if (!isLate && ended.code !== 0) break;
    if (attempt === MOST_TRIES) return `no kill came before the command's end, exit code ${ended.code}`;
  }
  if (ended.signal !== signal && ended.code !== EXIT_CODES[signal])
    return `ended with ${ended.signal ?? ended.code}:\n${ended.output}`;
  if (/^\s+at .*[:(]/m.test(ended.output)) return `printed a stack trace:\n${ended.output}`;
  const args = again(directory);
  if (args !== undefined) await complete(app, args);
  const different = differences(command, directory);
  return different.length === 0 ? undefined : `different bytes in ${different.join(', ')}`;
}

function differences({ files, whole }, directory) {
  return files.filter((name) => contentOf(path.join(whole, name)) !== contentOf(path.join(directory, name)));
}

/**
 * A file's bytes; a log's without its times; a folder's files, without the incomplete ones that a killed
 * process left.
 */
function contentOf(file) {
  if (!existsSync(file)) return undefined;
  if (path.basename(file) === 'cache') {
    const names = readdirSync(file).filter((name) => !name.endsWith('.tmp'));
    return names.map((name) => `${name}: ${readFileSync(path.join(file, name), 'latin1')}`).join('\n');
  }
  const content = readFileSync(file, 'latin1');
  return file.endsWith('.jsonl') ? content.replaceAll(TIMES, '') : content;
}

function report() {
  console.log(
    `\n${done} kills in ${Math.round((performance.now() - begunAt) / 1000)} s, seed ${values.seed}`,
  );
  console.log(['', ...SIGNALS].map((cell) => cell.padEnd(12)).join(''));
  for (const { name } of COMMANDS) {
    const cells = SIGNALS.map((signal) => counts.get(`${name} ${signal}`) ?? { kills: 0, same: 0 });
    console.log(
      [name, ...cells.map(({ kills, same }) => `${same}/${kills}`)].map((cell) => cell.padEnd(12)).join(''),
    );
  }
  console.log(
    failures.length === 0
      ? 'all files have the same bytes as those of a command that was not killed'
      : `${failures.length} FAILED; their directories are kept in ${place}`,
  );
  if (failures.length === 0) rmSync(place, { recursive: true });
  else process.exitCode = 1;
}

/** Made-up sentences and prices. The large text is long enough for the token cache. */
function writeInputs() {
  const words = 'lamps along the quay went out one by one while boats swung on their ropes'.split(' ');
  const sentence = () =>
    Array.from({ length: 7 }, () => words[Math.floor(uniform() * words.length)]).join(' ');
  const text = (lines) => `${Array.from({ length: lines }, sentence).join('.\n')}.\n`;
  writeFileSync(at('words.txt'), text(300));
  writeFileSync(at('large.txt'), text(1000).repeat(260));
  let close = 100;
  const rows = Array.from({ length: 120 }, (_, day) => {
    close = Math.max(1, close + 2 * uniform() - 1);
    return `${new Date(Date.UTC(2020, 0, 1 + day)).toISOString().slice(0, 10)},${close.toFixed(2)}`;
  });
  writeFileSync(at('prices.csv'), `Date,Close\n${rows.join('\n')}\n`);
}
