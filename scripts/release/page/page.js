import * as tf from '@tensorflow/tfjs-core';
import { dense, disposeTree, lstm, stack, unroll } from '@unrolled/cells';
import { createVocabulary, slidingWindows } from '@unrolled/data';
import { unrolledBackendInfo, useUnrolledBackend } from '@unrolled/kernels';
import { sequenceLoss } from '@unrolled/losses';
import { generate, train } from '@unrolled/training';

// The policy of open.js forbids Workers from blobs and from addresses without a trusted type.
const policy = globalThis.trustedTypes?.createPolicy('hihello', { createScriptURL: (text) => text });
const address = new URL('./worker.js', document.baseURI).href;
const workerUrl = policy ? policy.createScriptURL(address) : address;
await useUnrolledBackend({ threads: 2, workerUrl });
const text = 'hihello';
const vocabulary = createVocabulary(text);
const { inputs, targets, count, length } = slidingWindows(vocabulary.encode(text), {
  length: text.length - 1,
});
const batch = {
  x: tf.tensor2d(inputs, [count, length], 'int32'),
  y: tf.tensor2d(targets, [count, length], 'int32'),
};
const model = stack([
  lstm({ inputSize: vocabulary.size, units: 16, inputKind: 'ids' }),
  dense({ inputSize: 16, units: vocabulary.size }),
]);
const run = train({
  params: model.init(1),
  batches: [batch],
  lossOf: (params, { x, y }) => ({ loss: sequenceLoss(unroll(model, params, x).output, y) }),
  optimizer: 'adam',
  learningRate: 0.05,
  steps: 100,
});
for await (const _step of run);
const ids = generate({
  model,
  params: run.params,
  prime: vocabulary.encode('h'),
  length: 6,
  temperature: 0,
});
const { binary, threads } = unrolledBackendInfo();
document.querySelector('#result').textContent =
  `${vocabulary.decode([...ids])} (${binary} SIMD, ${threads} threads)`;
disposeTree([run.params, batch]);
