/**
 * npm run soak:kernels (-- --minutes 30 --seed 1 --threads 4): runs random jobs on two and more threads and
 * compares every bit with the result of one thread. Each case has its own sizes, cells, lengths, directions,
 * ids and gradients, derived from the seed. A failure prints the case, and `--seed N --case M` repeats it.
 * `--grid 200` instead runs samplers of every cell with one to three layers, 200 times each. Needs the build.
 * npm run soak:native does the same with the native kernels, on one to eight threads, and compares every bit
 * with relaxed WebAssembly, while another process keeps some cores busy (`--busy 1`: one core).
 */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import v8 from 'node:v8';
import * as tf from '@tensorflow/tfjs-core';
import { unregisterUnrolledBackend, unrolledBackendInfo, useUnrolledBackend } from '@unrolled/kernels';
import { randomCase, samplerGrid } from './soak-cases.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    threads: { type: 'string' },
    native: { type: 'boolean', default: false },
    busy: { type: 'string', default: '0' },
    case: { type: 'string' },
    grid: { type: 'string' },
  },
});
const { native } = values;
const seed = Number(values.seed);
const [least, most] = [native ? 1 : 2, Number(values.threads ?? (native ? 8 : 4))];
const end = performance.now() + Number(values.minutes) * 60_000;
const isTime = () => performance.now() < end;
/** Number of cases that are computed before the number of threads changes. */
const ROUND = 25;
/** How often each case runs on several threads; faults there depend on timing. */
const REPETITIONS = Number(values.grid ?? (native ? 2 : 6));
// Node 20 supports a fused multiply-add in WebAssembly, which the native kernels use, only behind a flag.
if (native) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
const busy = Array.from({ length: Number(values.busy) }, () =>
  spawn(process.execPath, ['--eval', 'for (;;);'], { stdio: 'ignore' }),
);
process.on('exit', () => {
  for (const child of busy) child.kill();
});

const counts = new Map();
let runs = 0;
if (values.grid) await round(samplerGrid(seed), 'auto', (n) => `sampler ${n} of the grid`);
else if (values.case) await randomRound(Number(values.case), 1);
else for (let from = 0; isTime(); from += ROUND) await randomRound(from, ROUND);
const { reason } = unrolledBackendInfo().executor;
unregisterUnrolledBackend();
const same = native ? `native kernels (${reason}), every bit as in WebAssembly` : 'every bit as on one';
console.log(`${runs} runs on ${least} to ${most} threads, ${same}:`, Object.fromEntries(counts));
process.exit();

async function randomRound(from, count) {
  const cases = Array.from({ length: count }, (_, n) => randomCase(seed, from + n));
  const binary = Math.floor(from / ROUND) % 2 ? 'plain' : 'auto';
  await round(cases, binary, (n) => `case ${from + n} of seed ${seed}`);
}

/** Runs each case on one thread, then repeatedly on several. */
async function round(cases, binary, nameOf) {
  await useUnrolledBackend({ threads: 1, executor: 'webassembly', binary: native ? 'relaxed' : binary });
  const expected = cases.map(({ run }) => digest(run()));
  for (let threads = least; threads <= most; threads++) {
    await useUnrolledBackend(native ? { threads, executor: 'native', binary: 'auto' } : { threads });
    for (const [n, { kind, words, run }] of cases.entries()) {
      for (let repetition = 0; repetition < REPETITIONS && isTime(); repetition++) {
        runs++;
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
        if (digest(run()) === expected[n]) continue;
        console.error(
          `${nameOf(n)}, ${threads} threads, repetition ${repetition}: different bits than ${native ? 'in WebAssembly' : 'on one thread'}: ${words}`,
        );
        process.exit(1);
      }
    }
  }
  if (tf.memory().numTensors > 0) throw new Error(`${nameOf(0)} and following: tensors have leaked`);
}

/** FNV-1a over all values, 32-bit words at a time. */
function digest(arrays) {
  let value = 0x811c9dc5;
  for (const array of arrays) {
    const words = new Uint32Array(array.buffer, array.byteOffset, array.length);
    for (let i = 0; i < words.length; i++) value = Math.imul(value ^ words[i], 0x01000193);
    value ^= words.length;
  }
  return value >>> 0;
}
