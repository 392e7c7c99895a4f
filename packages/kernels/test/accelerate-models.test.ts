import * as tf from '@tensorflow/tfjs';
import { registerUnrolledBackend, unregisterUnrolledBackend } from '@unrolled/kernels';
import { accelerate, type LayerReport, onFallback } from '@unrolled/kernels/tf-layers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Arrays, compare, fusedRuns, randomizeWeights, randomValues, weightsOf } from './tf-layers';

beforeAll(() => registerUnrolledBackend({ threads: 1 }));
afterAll(() => unregisterUnrolledBackend());

let told: LayerReport[] = [];
let quiet = () => {};
beforeEach(() => {
  told = [];
  quiet = onFallback(({ caller, reasons }) => told.push({ layer: caller, lacking: reasons }));
});
afterEach(() => {
  quiet();
  expect(told).toEqual([]);
});

/** 0 pads a row; `maskZero` masks it. */
const SENTENCES = [
  [3, 1, 4, 1, 5],
  [2, 6, 5, 0, 0],
  [1, 0, 0, 0, 0],
  [5, 3, 5, 6, 0],
];

/** Trains a model; returns losses, metrics, predictions and weights. */
async function train(
  model: tf.LayersModel,
  x: tf.Tensor | tf.Tensor[],
  y: tf.Tensor,
  options: Partial<tf.ModelFitArgs> = {},
): Promise<Arrays> {
  const { history } = await model.fit(x, y, { epochs: 3, batchSize: 2, shuffle: false, ...options });
  const histories = Object.entries(history).map(([name, values]) => [
    name,
    Float32Array.from(values as number[]),
  ]);
  const evaluation = [model.evaluate(x, y, { batchSize: 2 })].flat() as tf.Scalar[];
  const predictions = [model.predict(x, { batchSize: 2 })].flat() as tf.Tensor[];
  const result = {
    ...Object.fromEntries(histories),
    evaluation: Float32Array.from(evaluation.map((value) => value.dataSync()[0]!)),
    ...Object.fromEntries(predictions.map((value, i) => [`prediction ${i}`, value.dataSync()])),
    ...weightsOf(model),
  };
  tf.dispose([evaluation, predictions, x, y]);
  return result;
}

function compiled<M extends tf.LayersModel>(model: M, loss: string, optimizer: string): M {
  randomizeWeights(model);
  model.compile({ loss, optimizer, metrics: ['mse'] });
  return model;
}

test('sequential: an embedding that masks zeros, two layers, class probabilities, adam', async () => {
  const model = () => {
    const made = tf.sequential();
    made.add(tf.layers.embedding({ inputDim: 7, outputDim: 4, maskZero: true, inputLength: 5 }));
    made.add(tf.layers.lstm({ units: 5, returnSequences: true }));
    made.add(tf.layers.gru({ units: 4, recurrentActivation: 'sigmoid', kernelRegularizer: 'l1l2' }));
    made.add(tf.layers.dense({ units: 3, activation: 'softmax' }));
    return compiled(made, 'categoricalCrossentropy', 'adam');
  };
  const { runs, expected } = await compare(model, (made) =>
    train(made, tf.tensor2d(SENTENCES), tf.tensor2d([1, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0], [4, 3])),
  );
  expect(runs).toEqual([2 * (3 * 2 + 2 + 2), 2 * 3 * 2]);
  expect(expected.loss![2]).toBeLessThan(expected.loss![0]!);
});

test('functional: an encoder whose states begin a decoder', async () => {
  const model = () => {
    const [source, target] = [tf.input({ shape: [4, 3] }), tf.input({ shape: [2, 3] })];
    const states = tf.layers.lstm({ units: 5, returnState: true }).apply(source) as tf.SymbolicTensor[];
    const decoder = tf.layers.lstm({ units: 5, returnSequences: true });
    const decoded = decoder.apply(target, { initialState: states.slice(1) }) as tf.SymbolicTensor;
    const outputs = tf.layers.dense({ units: 2 }).apply(decoded) as tf.SymbolicTensor;
    return compiled(tf.model({ inputs: [source, target], outputs }), 'meanSquaredError', 'rmsprop');
  };
  const { runs } = await compare(model, (made) => {
    const x = [tensor(1, [4, 4, 3]), tensor(2, [4, 2, 3])];
    return train(made, x, tensor(3, [4, 2, 2]));
  });
  // At each step tfjs runs the encoder once for each of the states that the decoder reads.
  expect(runs).toEqual([3 * (3 * 2 + 2 + 2), 2 * 3 * 2]);
});

describe('Bidirectional', () => {
  test.each(['concat', 'sum', 'ave', 'mul'] as const)('%s, over padded sequences', async (mergeMode) => {
    const model = () => {
      const made = tf.sequential();
      made.add(tf.layers.embedding({ inputDim: 7, outputDim: 4, maskZero: true, inputLength: 5 }));
      const layer = () => tf.layers.gru({ units: 3, returnSequences: true }) as tf.RNN;
      made.add(tf.layers.bidirectional({ layer: layer(), mergeMode }));
      const last = tf.layers.lstm({ units: 3, recurrentActivation: 'sigmoid' }) as tf.RNN;
      made.add(tf.layers.bidirectional({ layer: last, mergeMode }));
      made.add(tf.layers.dense({ units: 1 }));
      return compiled(made, 'meanSquaredError', 'sgd');
    };
    const { runs } = await compare(model, (made) =>
      train(made, tf.tensor2d(SENTENCES), tensor(3, [4, 1]), { epochs: 1 }),
    );
    expect(runs).toEqual([4 * (2 + 2 + 2), 4 * 2]);
  });

  test('all outputs and the states of both, from initial states', async () => {
    const model = () => {
      const [x, h, reverseH] = [[4, 3], [5], [5]].map((shape) => tf.input({ shape })) as [
        tf.SymbolicTensor,
        ...tf.SymbolicTensor[],
      ];
      const layer = tf.layers.simpleRNN({ units: 5, returnSequences: true, returnState: true }) as tf.RNN;
      const both = tf.layers.bidirectional({ layer, mergeMode: 'concat' });
      const outputs = both.apply(x, { initialState: [h!, reverseH!] }) as tf.SymbolicTensor[];
      const made = tf.model({ inputs: [x, h!, reverseH!], outputs });
      randomizeWeights(made);
      return made;
    };
    const { runs } = await compare(model, (made) => {
      const x = [tensor(1, [2, 4, 3]), tensor(2, [2, 5]), tensor(3, [2, 5])];
      const outputs = made.predict(x) as tf.Tensor[];
      const result = outputs.map((output, i) => [`output ${i}`, output.dataSync()]);
      tf.dispose([x, outputs]);
      return Object.fromEntries(result);
    });
    // tfjs runs it once for each of the three outputs.
    expect(runs).toEqual([3 * 2, 0]);
  });
});

test('stateful: states go from batch to batch, in training and after, until they are reset', async () => {
  const model = () => {
    const made = tf.sequential();
    const options = { units: 4, stateful: true, returnSequences: true };
    made.add(tf.layers.lstm({ ...options, batchInputShape: [2, 3, 2] }));
    made.add(tf.layers.gru({ ...options, recurrentActivation: 'sigmoid', goBackwards: true }));
    made.add(tf.layers.simpleRNN({ units: 2, stateful: true }));
    return compiled(made, 'meanSquaredError', 'sgd');
  };
  const { runs } = await compare(model, async (made) => {
    const result = await train(made, tensor(1, [6, 3, 2]), tensor(2, [6, 2]));
    const states = made.layers.flatMap((layer) => (layer as tf.RNN).getStates());
    states.forEach((state, i) => {
      result[`state ${i}`] = state.dataSync<'float32'>();
    });
    made.resetStates();
    const x = tensor(5, [2, 3, 2]);
    const [first, second] = [made.predict(x), made.predict(x)] as tf.Tensor[];
    result.first = first!.dataSync<'float32'>();
    result.second = second!.dataSync<'float32'>();
    expect(result.first).not.toEqual(result.second);
    made.resetStates();
    for (const layer of made.layers) tf.dispose((layer as tf.RNN).getStates());
    tf.dispose([x, first!, second!]);
    return result;
  });
  expect(runs).toEqual([3 * (3 * 3 + 3 + 3 + 2), 3 * 3 * 3]);
});

test('trainOnBatch, with a masking layer in front', async () => {
  const model = () => {
    const made = tf.sequential();
    made.add(tf.layers.masking({ maskValue: 0, inputShape: [3, 2] }));
    made.add(tf.layers.simpleRNN({ units: 4, returnSequences: true }));
    made.add(tf.layers.gru({ units: 2 }));
    return compiled(made, 'meanSquaredError', 'sgd');
  };
  const { runs } = await compare(model, async (made) => {
    const x = tf.tensor3d([1, 2, 3, -1, 2, 1, 1, -1, 0, 0, 0, 0], [2, 3, 2]);
    const y = tensor(3, [2, 2]);
    const losses = [];
    for (let step = 0; step < 3; step++) losses.push(await made.trainOnBatch(x, y));
    tf.dispose([x, y]);
    return { losses: Float32Array.from(losses.flat()), ...weightsOf(made) };
  });
  expect(runs).toEqual([2 * 3, 2 * 3]);
});

test('a layer distributed over time', async () => {
  const model = () => {
    const made = tf.sequential();
    made.add(tf.layers.timeDistributed({ layer: tf.layers.gru({ units: 2 }), inputShape: [3, 2, 2] }));
    return compiled(made, 'meanSquaredError', 'sgd');
  };
  const { runs } = await compare(model, (made) => train(made, tensor(1, [2, 3, 2, 2]), tensor(3, [2, 3, 2])));
  expect(runs).toEqual([3 * (3 + 1 + 1), 3 * 3]);
});

test('saved and loaded: the same files, and the loaded model is as good as the one saved', async () => {
  await tf.setBackend('unrolled');
  const before = tf.memory().numTensors;
  const model = tf.sequential();
  model.add(tf.layers.lstm({ units: 3, inputShape: [4, 2] }));
  model.add(tf.layers.dense({ units: 1 }));
  randomizeWeights(model);
  const plain = await artifactsOf(model);
  const ours = accelerate(model);
  const accelerated = await artifactsOf(model);
  expect(accelerated).toEqual(plain);

  const loaded = await tf.loadLayersModel(tf.io.fromMemory(accelerated));
  const fromConfig = await tf.models.modelFromJSON(accelerated.modelTopology as never);
  fromConfig.setWeights(model.getWeights());
  const x = tensor(1, [3, 4, 2]);
  const predict = (made: tf.LayersModel) =>
    tf.tidy(() => (made.predict(x) as tf.Tensor).dataSync<'float32'>());
  const expected = predict(model);
  for (const made of [loaded, fromConfig]) {
    expect(accelerate(made).layers).toEqual([{ layer: ours.layers[0]!.layer, lacking: [] }]);
    const runs = fusedRuns()[0];
    expect(predict(made)).toEqual(expected);
    expect(fusedRuns()[0]).toBe(runs + 1);
  }
  for (const made of [model, loaded, fromConfig]) made.dispose();
  x.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

function tensor(seed: number, shape: number[]): tf.Tensor {
  return tf.tensor(randomValues(seed, shape), shape);
}

async function artifactsOf(model: tf.LayersModel): Promise<tf.io.ModelArtifacts> {
  let saved: tf.io.ModelArtifacts | undefined;
  const modelArtifactsInfo = { dateSaved: new Date(0), modelTopologyType: 'JSON' as const };
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo };
    }),
  );
  return saved!;
}
