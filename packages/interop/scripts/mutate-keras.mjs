/**
 * Reads mutated Keras files, made from those of fixtures/interop. Each must be read, or refused by an
 * UnrolledError, within five seconds, and the process must stay within 256 MB above its idle memory. Half of
 * the archives are packed again after the change, so their checksums are correct.
 *
 *     npm run fuzz:keras [-- RUNS [SEED]]
 */
import { readdirSync, readFileSync } from 'node:fs';
import { unzipSync, zipSync } from 'fflate';
import { readKeras } from '../dist/keras.js';

const [runs = '5000', seed = '1'] = process.argv.slice(2);
const MOST_MS = 5000;
const MOST_BYTES = 256 * 2 ** 20;

const folder = new URL('../../../fixtures/interop/', import.meta.url);
const files = readdirSync(folder)
  .filter((name) => /^keras.*\.(h5|keras)$/.test(name))
  .map((name) => new Uint8Array(readFileSync(new URL(name, folder))));

/** A generator of numbers in [0, 1): mulberry32. */
function generator(start) {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = generator(Number(seed));
const below = (count) => Math.floor(random() * count);
const oneOf = (list) => list[below(list.length)];

/** One to four changes: bits, bytes, 64-bit numbers, copied pieces, a truncated end. */
function mutated(original) {
  let bytes = original.slice();
  for (let change = below(4); change >= 0; change--) {
    // Most changes are near the beginning, which describes the structure.
    const place = Math.floor(random() * random() * bytes.length);
    const kind = random();
    if (kind < 0.4) bytes[place] ^= 1 << below(8);
    else if (kind < 0.6) bytes[place] = oneOf([0, 1, 0x7f, 0x80, 0xff]);
    else if (kind < 0.8) {
      const at = place & ~7;
      const value = oneOf([
        0n,
        2n ** 31n,
        2n ** 32n,
        2n ** 64n - 1n,
        BigInt(bytes.length),
        BigInt(below(bytes.length + 1)),
      ]);
      if (at + 8 <= bytes.length) new DataView(bytes.buffer).setBigUint64(at, value, true);
    } else if (kind < 0.95) {
      const from = below(bytes.length);
      bytes.copyWithin(place, from, from + below(64));
    } else bytes = bytes.slice(0, place);
  }
  return bytes;
}

function next() {
  const original = oneOf(files);
  const isArchive = original[0] === 0x50;
  if (!isArchive || random() < 0.5) return mutated(original);
  const parts = unzipSync(original);
  const name = oneOf(Object.keys(parts));
  return zipSync({ ...parts, [name]: mutated(parts[name]) }, { level: oneOf([0, 6]) });
}

await readKeras(files[0]); // loads the library
const before = process.memoryUsage().rss;
const counts = { read: 0, refused: 0 };
const reasons = new Set();
let slowest = 0;
let largest = 0;
for (let run = 0; run < Number(runs); run++) {
  const bytes = next();
  const start = performance.now();
  try {
    await readKeras(bytes);
    counts.read += 1;
  } catch (error) {
    if (error.name !== 'UnrolledError' || error.code !== 'format') throw error;
    counts.refused += 1;
    reasons.add(error.message.replaceAll(/"[^"]*"|\d+/g, '…'));
  }
  slowest = Math.max(slowest, performance.now() - start);
  if (run % 20 === 0) largest = Math.max(largest, process.memoryUsage().rss - before);
  if (slowest > MOST_MS) throw new Error(`run ${run} of seed ${seed} took ${slowest.toFixed(0)} ms`);
  if (largest > MOST_BYTES)
    throw new Error(`${(largest / 2 ** 20).toFixed(0)} MB above the idle process at run ${run}`);
}
console.log(
  `seed ${seed}: ${counts.read} read, ${counts.refused} refused for ${reasons.size} kinds of reasons, the slowest in ${slowest.toFixed(0)} ms, at most ${(largest / 2 ** 20).toFixed(0)} MB above the idle process`,
);
// If one of the branches is empty, the run has tested nothing.
if (counts.read === 0 || counts.refused === 0 || reasons.size < 8)
  throw new Error('the mutations reach too few branches');
