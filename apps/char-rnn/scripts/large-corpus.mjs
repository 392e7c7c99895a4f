// npm run large-corpus:char-rnn (--megabytes 500 --steps 100): generates a text of 500 MB, and measures how
// fast its tokens are cached and how much memory training on it takes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bootstrap } from '../../../scripts/bootstrap.mjs';
import { buildGenerated } from '../../../scripts/build.mjs';

const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '500' },
    steps: { type: 'string', default: '100' },
  },
});
/** The model that the limit of 600 MB applies to, and a large one. */
const MODELS = [
  { layers: 2, units: 128, steps: Number(values.steps), most: 600 },
  { layers: 3, units: 512, steps: Math.ceil(values.steps / 10), most: 2000 },
];
/** Prints the process's peak memory when it ends, including worker threads and WebAssembly memory. */
const REPORT_PEAK =
  "process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS + ' kB'))";

await bootstrap();
await buildGenerated();
const { bundleCli } = await import('./bundle-cli.mjs');
const place = mkdtempSync(path.join(os.tmpdir(), 'unrolled-large-corpus-'));
try {
  const cli = path.join(place, 'cli.mjs');
  await bundleCli(cli);
  const text = path.join(place, 'corpus.txt');
  console.log(`writing ${values.megabytes} MB to ${text}`);
  await writeText(text, values.megabytes * 1e6);
  for (const { layers, units, steps, most } of MODELS) {
    const name = `${layers} × ${units}`;
    const output = await run(cli, [
      ...['train', text, '--layers', layers, '--units', units, '--batch-size', 50, '--sequence-length', 50],
      ...['--steps', steps, '--validate-every', steps, '--validation-limit', 50_000, '--sample-every', 0],
      ...['--cache-directory', path.join(place, 'cache'), '--run-directory', path.join(place, name)],
    ]);
    const [, cached] = /^(read \d+ MB at \d+ MB\/s)/m.exec(output) ?? [];
    if (cached) console.log(`${cached}, tokens cached`);
    const [, speed] = /^speed +(.*)$/m.exec(output);
    const megabytes = Math.round((Number(/peak (\d+) kB/.exec(output)[1]) * 1024) / 1e6);
    console.log(`${name}: ${speed}, peak ${megabytes} MB of ${most} MB`);
    if (megabytes > most) process.exitCode = 1;
  }
} finally {
  rmSync(place, { recursive: true });
}

/** Sentences of 20,000 made-up words, the n-th as likely as 1/n, in random order, from a fixed seed. */
async function writeText(file, bytes) {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const letters = (count) =>
    Array.from({ length: count }, () => 'etaoinshrdlucmfwyp'[Math.floor(18 * random() ** 1.5)]).join('');
  const words = Array.from({ length: 20_000 }, () => letters(2 + Math.floor(6 * random())));
  const word = () => words[Math.floor(words.length ** random())];
  const sentences = Array.from({ length: 50_000 }, () => {
    const sentence = Array.from({ length: 3 + Math.floor(12 * random()) }, word).join(' ');
    return `${sentence[0].toUpperCase()}${sentence.slice(1)}.\n`;
  });
  const stream = createWriteStream(file);
  for (let written = 0; written < bytes; ) {
    const pick = () => sentences[Math.floor(sentences.length * random())];
    const block = Array.from({ length: 20_000 }, pick)
      .join('')
      .slice(0, bytes - written);
    written += block.length;
    if (!stream.write(block)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'finish');
}

async function run(cli, args) {
  const preload = `data:text/javascript,${encodeURIComponent(REPORT_PEAK)}`;
  const child = spawn(process.execPath, ['--import', preload, cli, ...args.map(String)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`exit code ${code}:\n${output}`);
  return output;
}
