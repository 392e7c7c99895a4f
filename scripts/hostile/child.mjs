// Runs one reader on a range of inputs: node child.mjs READER FIRST END SEED PLACE. It writes a line of JSON
// for each input that was not handled correctly, one each second to show that it is alive, and one at its
// end.
import { mkdirSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { hasControls, mutateBytes, randomBytes, randomFrom } from './random.mjs';
import { READERS } from './readers.mjs';

const [name, first, end, seed, place] = process.argv.slice(2);
const reader = READERS[name];
mkdirSync(place, { recursive: true });
await tf.setBackend('cpu');

const LONGEST = 5000;
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const counts = { read: 0, refused: 0 };
const valid = await reader.valid(place);
/** Selects the first option of every choice, for the valid files. */
const plainly = { next: () => 0, integer: () => 0, pick: (list) => list[0], chance: () => false };
for (const file of valid) {
  const fault = await reader.check?.(await reader.read(file, plainly, place), plainly);
  if (fault) throw new Error(`[unrolled/hostile] a valid file for ${name}: ${fault}`);
}
globalThis.gc?.();
const idle = process.memoryUsage().rss;
const tensors = tf.memory().numTensors;
let told = 0;
for (let index = Number(first); index < Number(end); index++) {
  const now = performance.now();
  if (now - told > 500) {
    told = now;
    say({ at: index });
  }
  const fault = await answerTo(index);
  const took = performance.now() - now;
  if (fault) say({ fault, index });
  else if (took > LONGEST) say({ fault: `a result after ${Math.round(took)} ms`, index });
}
const left = tf.memory().numTensors - tensors;
if (left > 0) say({ fault: `${left} tensors are left`, index: Number(end) });
say({ end: counts, idle, most: process.resourceUsage().maxRSS * 1024 });

/** Creates an input by its number; every second one is a valid file with changes. */
function inputOf(index, random) {
  const file = random.pick(valid);
  if (index % 2 === 0)
    return { bytes: mutateBytes(random, file, random.pick(valid), reader.from), mutated: file };
  return { bytes: reader.other && random.chance(0.7) ? reader.other(random, file) : randomBytes(random) };
}

/** The fault of the result for an input; undefined if it is correct. */
async function answerTo(index) {
  const random = randomFrom(`${seed} ${name} ${index}`);
  const { bytes, mutated } = inputOf(index, random);
  let value;
  try {
    value = await reader.read(bytes, random, place);
  } catch (error) {
    counts.refused += 1;
    return faultOf(error);
  }
  counts.read += 1;
  const isChanged = mutated && !valid.some((file) => Buffer.compare(file, bytes) === 0);
  if (isChanged && reader.sealed?.(value)) return 'a damaged file was accepted';
  try {
    return reader.check?.(value, random);
  } catch (error) {
    return faultOf(error);
  }
}

function faultOf(error) {
  if (error?.name !== 'UnrolledError') return `not one of our errors: ${error?.stack ?? error}`.slice(0, 600);
  if (error.message.length > 1500) return `a message of ${error.message.length} characters`;
  if (/\n {4}at /.test(error.message)) return 'a stack in a message';
  if (hasControls(error.message))
    return `control characters in a message: ${JSON.stringify(error.message).slice(0, 300)}`;
  return undefined;
}
