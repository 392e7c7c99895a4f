// Valid calls of the packages that train: training, runs.
import { mkdirSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import {
  dense,
  describe as describeModel,
  embedding,
  gru,
  lastOutput,
  lstm,
  random,
  stack,
} from '@unrolled/cells';
import { sequenceLoss } from '@unrolled/losses';
import { loadRun, lossHistory, memoryStore } from '@unrolled/runs';
import { createRunDirectory, jsonLinesLog } from '@unrolled/runs/node';
import {
  adam,
  constant,
  dataOf,
  earlyStopping,
  encodeCheckpoint,
  encodeModels,
  encodeWeights,
  exponentialTruthRate,
  reduceOnPlateau,
  sequenceScorer,
  train,
  trainedModel,
} from '@unrolled/training';
import { saveCheckpoint, saveModel, saveModels, saveWeights } from '@unrolled/training/node';
import { fileOf, once } from './places.mjs';

const signal = new AbortController().signal;
const warn = () => {};

/** A model of ids, for generation. */
const writer = () =>
  stack([
    embedding({ vocabularySize: 5, dimension: 2 }),
    gru({ inputSize: 2, units: 3 }),
    dense({ inputSize: 3, units: 5 }),
  ]);
const written = () => ({
  model: writer(),
  params: writer().init(1),
  prime: [1, 2],
  initialState: writer().zeroState(1),
});
export const drawn = {
  exclude: [4],
  stopAt: 3,
  stopSequences: [[1, 1]],
  temperature: 1,
  topK: 3,
  topP: 0.9,
  minP: 0.01,
  repetitionPenalty: 1.1,
  repetitionWindow: 3,
};

/** A regression of one layer. */
const line = () => dense({ inputSize: 1, units: 1 });
const batch = () => ({ x: tf.tensor2d([[0], [1]]), y: tf.tensor2d([[1], [2]]) });
const lossOf = (params, given) => {
  const { x, y } = Object(given);
  return { loss: tf.losses.meanSquaredError(y, line().step(params, x, {}).output) };
};
const training = () => ({ params: line().init(1), lossOf, batches: [batch()], learningRate: 0.1 });
const options = () => ({
  ...training(),
  optimizer: 'adam',
  clip: { globalNorm: 1 },
  averaging: { decay: 0.9 },
  steps: 2,
  shuffle: true,
  seed: 1,
  validation: { batches: [batch()], every: 1 },
  signal,
});

const snapshot = once(async () => {
  const run = train(options());
  for await (const _ of run);
  const { value } = { value: run };
  return value.snapshot();
});
const run = () => ({
  ...training(),
  store: memoryStore(),
  steps: 2,
  validateEvery: 1,
  logEvery: 1,
  checkpointEvery: 1,
  sampleEvery: 1,
  validation: { batches: [batch()] },
  score: { name: 'F1', better: 'higher', every: 1, of: () => 1 },
  patience: 3,
  goal: 1,
  config: { a: 1 },
  seed: 1,
  advice: 'lower it',
  listener: { stepped() {} },
  clip: { value: 1 },
  // Stops a run that a wrong option makes endless.
  signal: AbortSignal.timeout(500),
});
const savedRun = once(async () => {
  const { runTraining } = await import('@unrolled/runs');
  const store = memoryStore();
  await runTraining({ ...run(), store });
  return { store, run: await loadRun(store) };
});
const folder = (name) => {
  const directory = fileOf(name);
  mkdirSync(directory, { recursive: true });
  return directory;
};
const load = async () => {
  throw new Error('no renderer');
};
const record = {
  step: 1,
  epoch: 1,
  learningRate: 0.1,
  gradientNorm: 1,
  tokens: 3,
  trainLoss: 1,
  validationLoss: 2,
  tokensPerSecond: 3,
};
const plot = { title: 'a', xLabel: 'x', yLabel: 'y', series: [{ name: 'a', values: [1, 2] }] };

export const trainingCalls = {
  'training:beamSearch': () => [
    {
      ...written(),
      length: 3,
      width: 2,
      lengthPenalty: 0.5,
      stopAt: 3,
      stopSequences: [[1, 1]],
      exclude: [4],
    },
  ],
  'training:beamSearchBatch': () => [
    {
      ...written(),
      prime: [
        [1, 2],
        [2, 1],
      ],
      length: 3,
      width: 2,
      best: 1,
      lengthPenalty: 0.5,
      stopAt: 3,
      minLength: 1,
      constantState: ['0.h'],
      outputOf: ({ output }) => output,
    },
  ],
  'training:generateBatch': () => [
    {
      ...written(),
      ...drawn,
      prime: [
        [1, 2],
        [2, 1],
      ],
      length: 3,
      seeds: [1, 2],
      constantState: [],
    },
  ],
  'training:scheduledSampling': () => {
    const { model, params } = written();
    const sampled = { inputs: [1, 2, 2, 1], batchSize: 2, steps: 2 };
    return [{ model, params, batch: sampled, truthRate: 0.5, seed: 1, temperature: 1 }];
  },
  'training:linearTruthRate': () => [{ initial: 1, slope: 0.1, least: 0.2 }],
  'training:exponentialTruthRate()': [() => exponentialTruthRate({ base: 0.9 }), () => [1]],
  'training:exponentialTruthRate': () => [{ base: 0.9 }],
  'training:inverseSigmoidTruthRate': () => [{ k: 10 }],
  'training:generate': () => [{ ...written(), ...drawn, length: 3, seed: 1 }],
  'training:generateSamples': () => [{ ...written(), ...drawn, length: 3, seeds: [1, 2] }],
  'training:gradientByDistance': () => [
    { model: writer(), params: writer().init(1), windows: [[1, 2, 3, 1, 2]], distance: 2 },
  ],
  'training:greedy': () => [[1, 2, 3]],
  'training:sampleFromLogits': () => [
    [1, 2, 3],
    { random: random(1), temperature: 1, topK: 2, topP: 0.9, minP: 0.01 },
  ],
  'training:ctcAlign': () => [tf.ones([2, 4, 3]), [[1, 2], [2]], { inputLengths: [4, 3], blank: 0 }],
  'training:ctcGreedy': () => [tf.ones([2, 4, 3]), { inputLengths: [4, 3], blank: 0 }],
  'training:ctcBeamSearch': () => [
    tf.ones([2, 4, 3]),
    {
      ...{ inputLengths: [4, 3], blank: 0, width: 4, best: 2, lengthBonus: 0.1 },
      languageModel: {
        ...{ model: writer(), params: writer().init(1), prime: [1] },
        ...{ ids: [-1, 1, 2], weight: 0.5, stopAt: 3 },
      },
    },
  ],
  'training:scoreSequence': () => [{ model: writer(), params: writer().init(1), ids: [1, 2, 3] }],
  'training:sequenceScorer': () => [{ model: writer(), params: writer().init(1), context: [1] }],
  'training:sequenceScorer().next': [
    () => sequenceScorer({ model: writer(), params: writer().init(1), context: [1] }),
    () => [[1, 2]],
  ],
  'training:adam': () => [{ beta1: 0.9, beta2: 0.99, epsilon: 1e-8, epsilonHat: true, weightDecay: 0.1 }],
  'training:adam().update': [
    adam,
    () => [
      {
        parameter: tf.variable(tf.ones([2])),
        gradient: tf.ones([2]),
        slots: { m: tf.variable(tf.zeros([2])), v: tf.variable(tf.zeros([2])) },
        learningRate: 0.1,
        step: 1,
      },
    ],
  ],
  'training:adam().fused': [adam, () => [{ learningRate: 0.1, step: 1 }]],
  'training:permutation': () => [5, 1, 0],
  'training:decodeCheckpoint': async () => [encodeCheckpoint(await snapshot())],
  'training:encodeCheckpoint': async () => [
    await snapshot(),
    { config: { a: 1 }, model: describeModel(line()) },
  ],
  'training:earlyStopping': () => [
    { patience: 2, minimumDelta: 0, state: earlyStopping({ patience: 2 }).state() },
  ],
  'training:earlyStopping().update': [() => earlyStopping({ patience: 2 }), () => [{ step: 1, loss: 2 }]],
  'training:evaluate': () => [
    { params: line().init(1), lossOf, batches: [batch()], countOf: () => 2, signal },
  ],
  'training:checkTrainingMemory': () => ['test', { parameters: 3, activations: 3, copies: 3 }, 'less'],
  'training:recurrentSize': () => [{ cell: 'lstm', layers: 1, units: 2, inputSize: 3, steps: 4 }],
  'training:reduceOnPlateau': () => [
    { learningRate: 0.1, factor: 0.5, patience: 2, minimumDelta: 0, minimum: 0.01 },
  ],
  'training:reduceOnPlateau().at': [plateau, (one) => [1, one.initial]],
  'training:reduceOnPlateau().observe': [plateau, (one) => [one.initial, 1]],
  'training:rmsprop': () => [{ decay: 0.9, momentum: 0.1, epsilon: 1e-8 }],
  'training:constant': () => [0.1],
  'training:constant()': [() => constant(0.1), () => [1]],
  'training:cosineDecay': () => [{ initial: 0.1, final: 0.01, steps: 10 }],
  'training:exponentialDecay': () => [{ initial: 0.1, rate: 0.9, every: 10, after: 5 }],
  'training:polynomialDecay': () => [{ initial: 0.1, final: 0.01, steps: 10, power: 2 }],
  'training:stepDecay': () => [{ initial: 0.1, factor: 0.9, every: 10, after: 5 }],
  'training:warmUp': () => [10, 0.1],
  'training:sgd': () => [{ momentum: 0.9 }],
  'training:dataOf': () => [line().init(1)],
  'training:restoreParams': async () => [line().init(1), (await snapshot()).params],
  'training:tokenBatch': () => [
    { inputs: Int32Array.of(1, 2), targets: Int32Array.of(2, 3), batchSize: 1, steps: 2 },
  ],
  'training:modelLoss': () => [writer(), sequenceLoss, { labelSmoothing: 0.1 }],
  'training:train': () => [options()],
  'training:loadModel': async () => [(await lineModel()).toBytes(), { model: line() }],
  'training:loadModel().predict': [
    async () => await sequenceModel(),
    () => [{ shape: [1, 2, 1], data: Float32Array.of(1, 2) }, { lengths: [2] }],
  ],
  'training:loadModel().sample': [
    () => trainedModel({ ...content(writer()), details: null }),
    () => [{ prime: [1], length: 2, seed: 1 }],
  ],
  'training:decodeModels': () => [encodeModels(modelSet())],
  'training:encodeModels': () => [modelSet()],
  'training:trainedModel': () => [{ ...content(line()), details: { a: 1 } }],
  'training/node:saveCheckpoint': async () => [
    fileOf('run.safetensors'),
    await snapshot(),
    { config: { a: 1 } },
  ],
  'training/node:loadCheckpoint': async () => {
    await saveCheckpoint(fileOf('load.safetensors'), await snapshot());
    return [fileOf('load.safetensors')];
  },
  'training/node:saveModel': () => [fileOf('model.safetensors'), { ...content(line()), details: null }],
  'training/node:loadModelFile': async () => {
    await saveModel(fileOf('load-model.safetensors'), { ...content(line()), details: null });
    return [fileOf('load-model.safetensors'), { model: line() }];
  },
  'training:encodeWeights': () => [line().init(1)],
  'training:decodeWeights': () => [encodeWeights(line().init(1)), line()],
  'training/node:saveWeights': () => [fileOf('weights.safetensors'), line().init(1)],
  'training/node:loadWeights': async () => {
    await saveWeights(fileOf('load-weights.safetensors'), line().init(1));
    return [fileOf('load-weights.safetensors'), line()];
  },
  'training/node:saveModels': () => [fileOf('models.safetensors'), modelSet()],
  'training/node:loadModels': async () => {
    await saveModels(fileOf('load-models.safetensors'), modelSet());
    return [fileOf('load-models.safetensors')];
  },

  'runs:checkpointOf': async () => {
    const { snapshot, state, config } = (await savedRun()).run;
    return [{ snapshot, state, config }];
  },
  'runs:loadRun': async () => [(await savedRun()).store, 'last'],
  'runs:memoryStore().save': [memoryStore, async () => ['last', { snapshot: await snapshot(), config: {} }]],
  'runs:memoryStore().load': [memoryStore, () => ['last']],
  'runs:memoryStore().copy': [async () => (await savedRun()).store, () => ['last', 'best']],
  'runs:memoryStore().locationOf': [memoryStore, () => ['last']],
  'runs:memoryStore().bytes': [memoryStore, () => ['last']],
  'runs:learningRateOf': () => [
    { learningRate: 0.1, schedule: 'step', decayFactor: 0.5, decayEvery: 1, decayAfter: 1, warmUp: 3 },
    10,
  ],
  'runs:lossHistory': () => [lossHistory().state()],
  'runs:lossHistory().add': [lossHistory, () => [1, 0.5]],
  'runs:lossHistory().validated': [lossHistory, () => [1, 0.5]],
  'runs:lossHistory().scored': [lossHistory, () => [1, 0.5]],
  'runs:runTraining': () => [run()],
  'runs:foldSettings': () => [
    [{ source: 'cli', values: { a: 1 } }],
    { replaces: { a: ['b'] }, exclusive: [['a', 'b']], defaults: { c: 3 } },
  ],
  'runs:stepLimit': () => [{ steps: 10, epochs: 2 }, 5],
  'runs/node:atomicWriteFile': () => [fileOf('file.txt'), 'text'],
  'runs/node:ensureWritableDirectory': () => [folder('writable')],
  'runs/node:folderStore': () => [folder('store')],
  'runs/node:jsonLinesLog': () => [
    fileOf('log.jsonl'),
    { measures: (entry) => entry, events: fileOf('events'), tags: { trainLoss: 'loss' }, warn },
  ],
  'runs/node:jsonLinesLog().rewind': [() => jsonLinesLog(fileOf('log2.jsonl')), () => [1]],
  'runs/node:jsonLinesLog().add': [() => jsonLinesLog(fileOf('log3.jsonl')), () => [record]],
  'runs/node:writeLossCurve': () => [
    fileOf('curve'),
    lossHistory({ interval: 1, train: [[1, 2, 1]], validation: [[1, 2]] }),
    { title: 'a', yLabel: 'y', references: [] },
  ],
  'runs/node:writeScoreCurve': () => [
    fileOf('scores'),
    lossHistory({ interval: 1, train: [], validation: [], scores: [[1, 2]] }),
    { title: 'a', yLabel: 'y' },
  ],
  'runs/node:writeTrialEvents': () => [
    fileOf('events.out.tfevents.trial'),
    { hyperparameters: { x: 1 }, scalars: [{ step: 1, scalars: { a: 2 } }], state: 'complete', wallTime: 1 },
  ],
  'runs/node:createRunDirectory': () => [{ directory: fileOf(`run-${count++}`), program: 'test' }],
  'runs/node:createRunDirectory().file': [runDirectory, () => ['a.txt']],
  'runs/node:createRunDirectory().write': [runDirectory, () => ['a.txt', 'text']],
  'runs/node:openRunDirectory': () => [fileOf(`run-${count++}`)],
  'runs/node:writePlot': () => [fileOf('plot'), plot, { systemFonts: false, load }],
  'runs/node:writeSvg': () => [
    fileOf('svg'),
    '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>',
    { systemFonts: false, load },
  ],
  'runs/plots:barPlot': () => [
    { title: 'a', xLabel: 'x', bars: [{ name: 'a', label: 'a', value: 1 }], width: 300 },
    { theme: 'page' },
  ],
  'runs/plots:linePlot': () => [{ ...plot, yScale: 'linear', width: 300, height: 200 }, { theme: 'page' }],
};

let count = 0;

function plateau() {
  return reduceOnPlateau({ learningRate: 0.1, patience: 2 });
}

function runDirectory() {
  return createRunDirectory({ directory: fileOf(`run-${count++}`), program: 'test' });
}

const content = (model) => ({ model, params: model.init(1) });
const lineModel = () => trainedModel({ ...content(line()), details: null });
const sequenceModel = () =>
  trainedModel({ ...content(lastOutput(lstm({ inputSize: 1, units: 2 }))), details: null });

function modelSet() {
  return { models: { one: { model: line(), params: dataOf(line().init(1)) } }, details: { a: 1 } };
}
