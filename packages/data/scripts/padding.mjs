// node packages/data/scripts/padding.mjs [--pairs 20000] [--batches 20]: measures what batches of similar
// lengths save, on made-up pairs or on those of a file (--file pairs.tsv, or .mo, as bytes).
//
//   padded   the share of a batch's steps that are padding
//   time     processor time of a training step of an encoder–decoder (two LSTMs of 128) for each time step
//            that is not padding; the batches take turns
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { disposeTree, lstm, unroll } from '@unrolled/cells';
import { useUnrolledBackend } from '@unrolled/kernels';
import { byteVocabulary, padSequences, pairBatches, shuffledBatches, teacherForcing } from '../dist/index.js';
import { openPairs } from '../dist/node.js';

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '20000' },
    batches: { type: 'string', default: '20' },
    file: { type: 'string' },
  },
});
const MAX_TOKENS = 4096;
const MARKS = { startId: 256, endId: 257 };
const bytes = byteVocabulary();
const read =
  values.file && (await openPairs(values.file, { source: bytes, target: bytes, emptySide: 'leave-out' }));
const pairs = (
  read ? Array.from({ length: read.length }, (_, at) => read.at(at)) : madeUp(Number(values.pairs))
).filter(({ source, target }) => source.length + target.length < MAX_TOKENS / 4);

const collate = (rows) => ({
  source: padSequences(rows.map(({ source }) => source)),
  target: teacherForcing(
    rows.map(({ target }) => target),
    MARKS,
  ),
});
const lengthOf = ({ source, target }) => source.length + target.length;
const byLengths = pairBatches(pairs, { ...MARKS, maxTokens: MAX_TOKENS });
const batchSize = Math.round(pairs.length / byLengths.batchesPerEpoch);
const ways = {
  shuffledBatches: shuffledBatches(pairs, { batchSize, collate }),
  'shuffledBatches, bucketBy': shuffledBatches(pairs, { batchSize, collate, bucketBy: lengthOf }),
  pairBatches: byLengths,
};

await useUnrolledBackend();
const layers = [
  lstm({ inputSize: 258, units: 128, inputKind: 'ids' }),
  lstm({ inputSize: 258, units: 128, inputKind: 'ids' }),
];
const params = layers.map((layer, at) => tf.tidy(() => layer.init(at)));
const iterators = Object.values(ways).map((way) => way(1)[Symbol.iterator]());
const spent = iterators.map(() => ({ time: 0, tokens: 0 }));
for (let round = -1; round < Number(values.batches); round++) {
  for (const [at, iterator] of iterators.entries()) {
    const batch = iterator.next().value;
    const before = process.cpuUsage();
    step(batch);
    const { user, system } = process.cpuUsage(before);
    if (round < 0) continue;
    spent[at].time += (user + system) / 1000;
    spent[at].tokens += realSteps(batch);
  }
}
disposeTree(params);

console.log(`${pairs.length} pairs, ${batchSize} a batch on average, at most ${MAX_TOKENS} steps\n`);
console.log(
  `${''.padEnd(28)}${['padded', 'µs a real step', 'steps at most'].map((cell) => cell.padStart(16)).join('')}`,
);
for (const [at, [name, way]] of Object.entries(ways).entries()) {
  let [steps, real, most] = [0, 0, 0];
  for (const { source, target } of way(1)) {
    const all = source.count * (source.length + target.steps);
    steps += all;
    most = Math.max(most, all);
    real += realSteps({ source, target });
  }
  const cells = [
    `${(100 * (1 - real / steps)).toFixed(1)} %`,
    ((1000 * spent[at].time) / spent[at].tokens).toFixed(1),
    String(most),
  ];
  console.log(`${name.padEnd(28)}${cells.map((cell) => cell.padStart(16)).join('')}`);
}
await read?.close();

function realSteps({ source, target }) {
  return [...source.lengths, ...target.lengths].reduce((sum, length) => sum + length, 0);
}

/** The work of one training step: both sequences, forward and backward. */
function step({ source, target }) {
  tf.tidy(() => {
    const [given, said] = [
      tf.tensor2d(source.values, [source.count, source.length], 'int32'),
      tf.tensor2d(target.inputs, [target.batchSize, target.steps], 'int32'),
    ];
    const loss = (encoder, decoder) => {
      const { state: finalState } = unroll(layers[0], encoder, given, { lengths: source.lengths });
      return tf.mean(
        tf.square(
          unroll(layers[1], decoder, said, { lengths: target.lengths, initialState: finalState }).output,
        ),
      );
    };
    const [names, flat] = [params.map(Object.keys), params.flatMap(Object.values)];
    const { grads } = tf.valueAndGrads((...tensors) => {
      const [encoder, decoder] = names.map((keys, at) =>
        Object.fromEntries(keys.map((key, place) => [key, tensors[at * names[0].length + place]])),
      );
      return loss(encoder, decoder);
    })(flat);
    grads[0].dataSync();
  });
}

/**
 * Pairs with the lengths of sentences: log-normal around 60 characters, with targets about as long as their
 * sources.
 */
function madeUp(count) {
  let state = 1;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 1) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const ids = (length) => new Int32Array(Math.max(1, Math.round(length))).fill(97);
  return Array.from({ length: count }, () => {
    const length = 60 * Math.exp(0.6 * normal());
    return { source: ids(length), target: ids(length * 1.1 * Math.exp(0.15 * normal())) };
  });
}
