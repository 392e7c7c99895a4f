const tf = require('@tensorflow/tfjs-core');
const { dense, disposeTree, lstm, stack } = require('@unrolled/cells');
const { createVocabulary, slidingWindows } = require('@unrolled/data');
const { toKeras } = require('@unrolled/interop');
const { readKeras, writeKerasWeights } = require('@unrolled/interop/keras');
const { unrolledBackendInfo, useUnrolledBackend } = require('@unrolled/kernels');
const { sequenceLoss } = require('@unrolled/losses');
const { generate, modelLoss, train } = require('@unrolled/training');

test('a network learns hihello, and writes its weights for Keras', async () => {
  await useUnrolledBackend();
  const text = 'hihello';
  const vocabulary = createVocabulary(text);
  const { inputs, targets, count, length } = slidingWindows(vocabulary.encode(text), {
    length: text.length - 1,
  });
  const batch = {
    inputs: tf.tensor2d(inputs, [count, length], 'int32'),
    targets: tf.tensor2d(targets, [count, length], 'int32'),
  };
  const cell = lstm({ inputSize: vocabulary.size, units: 16, inputKind: 'ids' });
  const model = stack([cell, dense({ inputSize: 16, units: vocabulary.size })]);
  const run = train({
    params: () => model.init(1),
    batches: [batch],
    lossOf: modelLoss(model, sequenceLoss),
    optimizer: 'adam',
    learningRate: 0.05,
    steps: 100,
  });
  for await (const _step of run);
  const prime = vocabulary.encode('h');
  const ids = generate({ model, params: run.params, prime, length: 6, temperature: 0 });
  const learnt = vocabulary.decode([...ids]);
  expect(learnt).toBe('ihello');
  const arrays = await readKeras(await writeKerasWeights(toKeras(model, run.params)));
  expect(arrays.size).toBeGreaterThan(0);
  disposeTree([run.params, batch]);
  process.stdout.write(`${learnt} (${unrolledBackendInfo().executor.name})\n`);
});
