// The same model in tfjs-layers, in a page. `perStep({ backend, vocabulary, … })` returns the milliseconds of
// a step.
import * as tf from '@tensorflow/tfjs';
import { getThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

setWasmPaths('./');

globalThis.perStep = async ({ backend, vocabulary, units, unroll, batch, rate, milliseconds }) => {
  if (!(await tf.setBackend(backend))) throw new Error(`no backend ${backend}`);
  await tf.ready();
  const model = tf.sequential();
  model.add(
    tf.layers.lstm({
      ...{ units, returnSequences: true, inputShape: [unroll, vocabulary], recurrentActivation: 'sigmoid' },
      recurrentInitializer: 'glorotUniform',
    }),
  );
  model.add(tf.layers.dense({ units: vocabulary, activation: 'softmax' }));
  model.compile({ optimizer: tf.train.adam(rate), loss: 'categoricalCrossentropy' });
  const ids = () =>
    tf.tensor2d(
      Array.from({ length: batch * unroll }, (_, at) => (at * 7) % vocabulary),
      [batch, unroll],
      'int32',
    );
  const rows = tf.oneHot(ids(), vocabulary).toFloat();
  for (let warmUp = 0; warmUp < 3; warmUp++) await model.trainOnBatch(rows, rows);
  const begin = performance.now();
  let steps = 0;
  while (performance.now() - begin < milliseconds || steps < 3) {
    await model.trainOnBatch(rows, rows);
    steps++;
  }
  const perStep = (performance.now() - begin) / steps;
  const threads = backend === 'wasm' ? getThreadsCount() : undefined;
  return { perStep, threads };
};
