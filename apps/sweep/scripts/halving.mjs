// node apps/sweep/scripts/halving.mjs [--seeds 1,2,3] [--workers 1] [--keep DIRECTORY]: measures how many
// steps asynchronous successive halving saves. 64 settings of char-rnn on the beginning of Moby-Dick are
// trained completely, and again with `--pruner halving`. In each round the trainings have another seed, and
// the grid another order. Fails if, in a round, halving takes more than a third of the training steps, or its
// best validation loss is more than 1 % above the best of all 64.
//
// It takes about 25 minutes on one core. It counts the steps that the programs took; a stopped trial ends
// shortly after the validation at which it was stopped.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

const app = path.resolve(import.meta.dirname, '..');
const cli = path.join(app, 'dist', 'cli.js');
const whale = path.join(app, '..', 'char-rnn', 'dist', 'data', 'moby-dick.txt');
if (!existsSync(cli) || !existsSync(whale)) {
  console.error('[unrolled/halving] expected a build, got none: npm run sweep -- --help makes it');
  process.exit(1);
}
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1,2,3' },
    workers: { type: 'string', default: '1' },
    keep: { type: 'string' },
  },
});
const place = values.keep ?? mkdtempSync(path.join(tmpdir(), 'unrolled-halving-'));
const text = path.join(place, 'whale.txt');
writeFileSync(text, readFileSync(whale, 'utf8').slice(0, 300_000));

const SPACE = {
  '--units': [24, 48, 72, 96],
  '--cells': ['lstm', 'gru'],
  '--layers': [1, 2],
  '--learning-rate': [0.001, 0.003, 0.01, 0.03],
};
const FIXED = '--steps 1000 --batch-size 16 --sequence-length 48 --validation-limit 15000 --sample-every 0';

/** With --keep an existing study is resumed. */
function study(seed, pruner) {
  const directory = path.join(place, `${pruner}-${seed}`);
  const options = Object.entries(SPACE).flatMap(([name, of]) => [name, of.join(',')]);
  const begin = [
    'char-rnn',
    text,
    ...options,
    ...FIXED.split(' '),
    '--seed',
    String(seed),
    '--study',
    directory,
  ];
  const how = ['--sampler', 'grid', '--sampler-seed', String(seed), '--pruner', pruner];
  const isThere = existsSync(path.join(directory, 'study.json'));
  const args = [...(isThere ? ['resume', directory] : [...begin, ...how]), '--workers', values.workers];
  const env = { ...process.env, UNROLLED_THREADS: '1' };
  const ended = spawnSync(process.execPath, [cli, ...args, '--json'], { encoding: 'utf8', env });
  if (ended.status !== 0) throw new Error(ended.stderr);
  const { best, trials } = JSON.parse(ended.stdout.trim().split('\n').at(-1));
  const folders = readdirSync(path.join(directory, 'trials'));
  const steps = folders.map((name) => {
    const lines = readFileSync(path.join(directory, 'trials', name, 'result.json'), 'utf8').trim();
    return JSON.parse(lines.split('\n').at(-1)).steps;
  });
  return { best, trials, steps: steps.reduce((a, b) => a + b) };
}

let isMet = true;
for (const seed of values.seeds.split(',').map(Number)) {
  const halving = study(seed, 'halving');
  const all = study(seed, 'none');
  const share = halving.steps / all.steps;
  const above = halving.best.value / all.best.value - 1;
  isMet &&= share <= 1 / 3 && above <= 0.01;
  console.log(
    `seed ${seed}: halving ${halving.best.value.toFixed(4)} (trial ${halving.best.number}, ${halving.trials.complete} of 64 complete) ` +
      `in ${halving.steps} steps; all ${all.best.value.toFixed(4)} (trial ${all.best.number}) in ${all.steps}: ` +
      `${(100 * share).toFixed(1)} % of the steps, ${(100 * above).toFixed(2)} % above the best`,
  );
}
if (!values.keep) rmSync(place, { recursive: true, force: true });
if (!isMet)
  console.error('[unrolled/halving] expected at most a third of the steps and 1 % above the best, got more');
process.exitCode = isMet ? 0 : 1;
