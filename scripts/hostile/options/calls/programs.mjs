// Valid calls of the packages that train: training, runs, language-model, forecaster.
import { mkdirSync, writeFileSync } from 'node:fs';
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
import { createCorpus, memoryTokens } from '@unrolled/data';
import * as forecaster from '@unrolled/forecaster';
import { saveForecaster } from '@unrolled/forecaster/node';
import * as language from '@unrolled/language-model';
import { loadRun, lossHistory, memoryStore } from '@unrolled/runs';
import { createRunDirectory, jsonLinesLog } from '@unrolled/runs/node';
import {
  adam,
  constant,
  dataOf,
  earlyStopping,
  encodeCheckpoint,
  encodeModels,
  reduceOnPlateau,
  sequenceScorer,
  train,
  trainedModel,
} from '@unrolled/training';
import { saveCheckpoint, saveModel, saveModels } from '@unrolled/training/node';
import { fileOf } from './places.mjs';

const signal = new AbortController().signal;
const warn = () => {};

/** A model of ids, for generation. */
const writer = () =>
  stack([
    embedding({ vocabularySize: 5, dimension: 2 }),
    gru({ inputSize: 2, units: 3 }),
    dense({ inputSize: 3, units: 5 }),
  ]);
const written = () => ({ model: writer(), params: writer().init(1), prime: [1, 2] });
const drawn = {
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
const lossOf = (params, { x, y }) => ({
  loss: tf.losses.meanSquaredError(y, line().step(params, x, {}).output),
});
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

/** Things that take long to make, made once: they are plain data. */
const once = (make) => {
  let made;
  return () => (made ??= make());
};
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
  patience: 3,
  goal: 1,
  config: { a: 1 },
  seed: 1,
  advice: 'lower it',
  listener: { stepped() {} },
  clip: { value: 1 },
  signal,
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

/** A tiny language model, trained for a step. */
const text = 'the whale and the ship. '.repeat(12);
const corpus = once(() => createCorpus(text));
const settings = once(() =>
  language.completeSettings(
    { layers: 1, units: 4, steps: 1, batchSize: 2, sequenceLength: 5, embedding: 0 },
    corpus(),
  ),
);
const dataset = once(() => language.prepareDataset(corpus(), settings()));
const languageRun = once(async () => {
  const store = memoryStore();
  await language.trainLanguageModel({ dataset: dataset(), settings: settings(), store });
  return { store, checkpoint: await store.load('best') };
});
const saved = async () =>
  language.savedModel('best', 'memory', await loadRun((await languageRun()).store, 'best'));
const trained = async () => {
  const one = await saved();
  return { ...one, params: language.paramsOf(one) };
};
const writing = async () => {
  const { model, params, vocabulary } = await trained();
  return { model, params, vocabulary, prime: [1], length: 3, stopSequences: [[1, 1]] };
};
const { exclude, stopAt, stopSequences, ...sampling } = drawn;
const vocabulary = () => dataset().vocabulary;
const architecture = () => language.architectureOf(settings());
const modelFile = once(async () => {
  const file = fileOf('best.safetensors');
  const { snapshot, ...rest } = (await languageRun()).checkpoint;
  await saveCheckpoint(file, snapshot, rest);
  return file;
});

/** A tiny forecaster. */
const series = () => Array.from({ length: 90 }, (_, t) => 100 + 10 * Math.sin(t / 4) + ((t * 7) % 5));
const quick = { window: 3, horizon: 1, units: 2, epochs: 1, batchSize: 16, season: 2, movingAverage: 2 };
const fitted = once(() => forecaster.fitForecaster(series(), { ...quick, trainShare: 0.8 }));
const plan = once(() => forecaster.planFit(series(), { ...quick, trainShare: 0.8 }));
const results = once(() => forecaster.runTasks(plan()));
const shape = () => ({
  architecture: { cell: 'lstm', layers: 1, units: 2, dropout: 0 },
  window: 3,
  inputSize: 1,
  start: [0],
});
const network = () => forecaster.buildNetwork(shape());
const fittings = {
  ...quick,
  cell: 'gru',
  layers: 1,
  dropout: 0.1,
  features: undefined,
  strategy: 'direct',
  targetTransform: 'difference',
  scaler: 'standard',
  loss: 'squared',
  learningRate: 0.01,
  validation: 0.2,
  patience: 2,
  seed: 1,
  ensemble: 1,
  level: 0.9,
};

export const programCalls = {
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

  'language-model:architectureOf': () => [settings()],
  'language-model:languageModel': () => [5, architecture()],
  'language-model:checkModelMemory': () => [
    {
      vocabularySize: 5,
      batchSize: 2,
      sequenceLength: 3,
      averaging: 0.9,
      embedding: 2,
      cell: 'lstm',
      layers: 1,
      units: 3,
      tied: false,
    },
    (name) => name,
  ],
  'language-model:checkpointConfig': () => [
    { vocabulary: vocabulary(), settings: settings(), text: language.fingerprintOf(dataset()) },
  ],
  'language-model:paramsOf': async () => [await saved()],
  'language-model:savedModel': async () => ['best', 'memory', (await languageRun()).checkpoint],
  'language-model:likeliestTexts': async () => [{ ...(await writing()), width: 2, lengthPenalty: 0.5 }],
  'language-model:writeIds': async () => [{ ...(await writing()), ...sampling, seed: 1 }],
  'language-model:writeText': async () => [{ ...(await writing()), ...sampling, seed: 1 }],
  'language-model:writeTexts': async () => [{ ...(await writing()), ...sampling, seeds: [1, 2] }],
  'language-model:activationsOf': async () => [
    await trained(),
    Int32Array.of(1, 2),
    { layer: 1, state: 'h' },
    (name) => name,
  ],
  'language-model:factorInWords': () => [0.5],
  'language-model:gradientProfile': async () => ['test', await trained(), [Int32Array.of(1, 2, 3, 1, 2)], 2],
  'language-model:spreadWindows': () => [memoryTokens(new Int32Array(20)), 2, 3, (name) => name],
  'language-model:orderUnits': () => [
    { layer: 1, units: 2, values: Float32Array.of(1, 2, 3, 4) },
    ['a', 'b'],
    'variance',
  ],
  'language-model:rankScores': () => [[{ logProbability: -1, tokens: 2, characters: 2 }]],
  'language-model:contextInWords': () => [{ text: 'a', ids: Int32Array.of(1) }, vocabulary()],
  'language-model:contextOf': () => ['context', 'the', vocabulary(), warn],
  'language-model:measuresOf': () => [{ logProbability: -1, tokens: 2, characters: 2 }],
  'language-model:scoreText': async () => [
    await trained(),
    language.contextOf('context', 'the', vocabulary(), warn),
    language.textToScore('text', 'the', { vocabulary: vocabulary(), warn }),
    { signal, onPiece() {}, onProgress() {} },
  ],
  'language-model:sumOfScores': () => [[{ logProbability: -1, tokens: 2, characters: 2 }]],
  'language-model:textToScore': () => ['text', 'the', { vocabulary: vocabulary(), warn }],
  'language-model:textToScore().symbols': [
    () => language.textToScore('text', 'the', { vocabulary: vocabulary(), warn }),
    () => [0, 2],
  ],
  'language-model:checkSettings': () => [settings()],
  'language-model:completeSettings': () => [{ layers: 1, units: 4 }, corpus(), (name) => name],
  'language-model:defaultsOfText': () => [{ layers: 1 }, corpus()],
  'language-model:fitBigram': () => [memoryTokens(Int32Array.of(0, 1, 2, 1)), 3],
  'language-model:fitBigram().loss': [
    () => language.fitBigram(memoryTokens(Int32Array.of(0, 1, 2, 1)), 3),
    () => [memoryTokens(Int32Array.of(0, 1))],
  ],
  'language-model:prepareDataset': () => [
    corpus(),
    {
      validation: 0.1,
      test: 0.1,
      sequenceLength: 5,
      batchSize: 2,
      minimumCount: 1,
      vocabularySize: 20,
      validationLimit: 100,
    },
    (name) => name,
  ],
  'language-model:fingerprintOf': () => [dataset()],
  'language-model:grownParams': async () => [await saved(), architecture(), vocabulary().size + 1, 1],
  'language-model:grownVocabulary': () => [vocabulary(), ['q']],
  'language-model:formOf': () => [['a']],
  'language-model:inModelsForm': () => ['text', 'the', vocabulary(), warn],
  'language-model:checkTokens': () => ['text', ['t'], vocabulary(), warn],
  'language-model:encodeStops': () => ['stops', ['the'], vocabulary(), warn],
  'language-model:encodeText': () => ['text', 'the', vocabulary(), warn],
  'language-model:startIds': () => [vocabulary()],
  'language-model:tokensFor': () => ['text', corpus(), vocabulary(), warn],
  'language-model:unitsOf': () => [vocabulary()],
  'language-model:evaluateOn': async () => {
    const { model, params } = await trained();
    return [dataset().validation, model, params, signal];
  },
  'language-model:lossOf': async () => [(await trained()).model],
  'language-model:lossOf()': [
    async () => language.lossOf((await trained()).model),
    async () => {
      const { model, params } = await trained();
      return [
        params,
        { inputs: Int32Array.of(1, 2), targets: Int32Array.of(2, 1), batchSize: 1, steps: 2 },
        model.zeroState(1),
        { training: true, seed: 1 },
      ];
    },
  ],
  'language-model:batchesPerEpoch': () => [settings(), dataset()],
  'language-model:trainLanguageModel': () => [
    { dataset: dataset(), settings: settings(), store: memoryStore() },
  ],
  'language-model/node:loadModel': async () => ['model', await modelFile()],
  'language-model/node:readModel': async () => ['model', await modelFile()],
  'language-model/node:filesToScore': () => [
    [textFile()],
    { vocabulary: vocabulary(), warn, cacheDirectory: fileOf('cache'), encoding: 'utf-8', signal },
  ],

  'forecaster:backtest': () => [series(), { ...fittings, folds: 2, stride: 1 }, { signal, onTask() {} }],
  'forecaster:backtestResult': async () => [plan(), await results()],
  'forecaster:fitForecaster': () => [series(), { ...fittings, trainShare: 0.8 }, { signal }],
  'forecaster:fitForecaster().forecast': [fitted, () => [series()]],
  'forecaster:fitPlanned': () => [plan(), { signal }],
  'forecaster:decodeForecaster': async () => [forecaster.encodeForecaster(await fitted())],
  'forecaster:encodeForecaster': async () => [await fitted()],
  'forecaster:buildNetwork': () => [shape()],
  'forecaster:buildNetwork().init': [network, () => [1, Float32Array.of(1, 2, 3)]],
  'forecaster:buildNetwork().paramsFrom': [network, async () => [(await fitted()).model.members[0]]],
  'forecaster:buildNetwork().forecast': [
    network,
    (one) => [one.init(1), tf.ones([2, 3, 1]), { training: false }],
  ],
  'forecaster:planBacktest': () => [series(), { ...fittings, folds: 2 }],
  'forecaster:planFit': () => [series(), { ...fittings, trainShare: 0.8 }],
  'forecaster:runTasks': () => [plan(), { signal, onTask() {} }],
  'forecaster:resolveSettings': () => [fittings],
  'forecaster:modelName': () => [{ cell: 'lstm', ensemble: 2 }],
  'forecaster/node:loadForecaster': async () => {
    await saveForecaster(fileOf('load-forecaster'), await fitted());
    return [fileOf('load-forecaster')];
  },
  'forecaster/node:saveForecaster': async () => [fileOf('forecaster'), await fitted()],
  'forecaster/node:runInThreads': () => [plan(), { workers: 1, backend: 'unrolled', signal, onTask() {} }],
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

function textFile() {
  const file = fileOf('text.txt');
  writeFileSync(file, text);
  return file;
}
