// Valid calls of the packages for complete programs: language-model, forecaster.
import { writeFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { createCorpus, memoryTokens } from '@unrolled/data';
import * as forecaster from '@unrolled/forecaster';
import { saveForecaster } from '@unrolled/forecaster/node';
import * as language from '@unrolled/language-model';
import { loadRun, memoryStore } from '@unrolled/runs';
import { saveCheckpoint } from '@unrolled/training/node';
import { fileOf, once } from './places.mjs';
import { drawn } from './training.mjs';

const { signal } = new AbortController();
const warn = () => {};

/** Stops a call that a wrong option makes long: a default instead of a small size, or no end. */
const soon = () => AbortSignal.timeout(500);

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
const manySeries = () =>
  ['a', 'b'].map((name, at) => ({ name, category: 'one', values: series().slice(0, 30 + at) }));
const hybrid = {
  ...{ horizon: 2, season: 1, units: 2, epochs: 1, batchSize: 16, learningRate: 0.01, origins: 4, window: 4 },
  ...{ ensemble: 1, seed: 1 },
};
const fittedHybrid = once(() => forecaster.fitHybridForecaster(manySeries(), hybrid));
const globalSeries = () =>
  ['a', 'b'].map((name, at) => {
    const values = series().slice(0, 30 + at);
    const price = Array.from({ length: 33 }, (_, t) => t % 7);
    const statics = { staticNumbers: { size: at }, staticCategories: { kind: name } };
    return { name, values, ...statics, past: { visits: values }, known: { price } };
  });
const global = {
  ...{ horizon: 2, season: 2, context: 4, lags: [1, 2], distribution: 'poisson', zeroInflated: true },
  ...{ strategy: 'recursive', levels: [0.5], conformal: false, identity: true, cell: 'gru', layers: 1 },
  ...{ units: 2, steps: 1, batchSize: 4, learningRate: 0.01, ensemble: 1, draws: 4, seed: 1 },
};
const counted = () => globalSeries().map((one) => ({ ...one, values: one.values.map(Math.round) }));
const fittedGlobal = once(() => forecaster.fitGlobalForecaster(counted(), global));
const globalBytes = async () => forecaster.encodeGlobalForecaster(await fittedGlobal());
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
  'language-model:ctcLanguageModel': async () => {
    const { model, params, vocabulary } = await writing();
    return [{ model, params, vocabulary, alphabet: [null], weight: 0.5, prime: [0] }];
  },
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
  'language-model:fileUnitOf': () => ['the texts', vocabulary()],
  'language-model:evaluateOn': async () => {
    const { model, params } = await trained();
    return [dataset().validation, model, params, signal];
  },
  'language-model:lossOf': async () => [(await trained()).model],
  'language-model:lossOf()': [
    // A run calls it inside `tf.tidy`.
    async () => {
      const loss = language.lossOf((await trained()).model);
      return (...given) => tf.tidy(() => loss(...given));
    },
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
    { dataset: dataset(), settings: settings(), store: memoryStore(), signal: soon() },
  ],
  'language-model/node:loadModel': async () => ['model', await modelFile()],
  'language-model/node:readModel': async () => ['model', await modelFile()],
  'language-model/node:filesToScore': () => [
    [textFile()],
    { vocabulary: vocabulary(), warn, cacheDirectory: fileOf('cache'), encoding: 'utf-8', signal },
  ],

  'forecaster:backtest': () => [
    series(),
    { ...fittings, folds: 2, stride: 1 },
    { signal: soon(), onTask() {} },
  ],
  'forecaster:backtestResult': async () => [plan(), await results()],
  'forecaster:fitForecaster': () => [series(), { ...fittings, trainShare: 0.8 }, { signal: soon() }],
  'forecaster:fitForecaster().forecast': [fitted, () => [series()]],
  'forecaster:fitPlanned': () => [plan(), { signal: soon() }],
  'forecaster:decodeForecaster': async () => [forecaster.encodeForecaster(await fitted())],
  'forecaster:encodeForecaster': async () => [await fitted()],
  'forecaster:fitGlobalForecaster': () => [counted(), { ...global, signal: soon() }],
  'forecaster:backtestGlobal': () => [counted(), global, 1],
  'forecaster:encodeGlobalForecaster': async () => [await fittedGlobal()],
  'forecaster:decodeGlobalForecaster': async () => [await globalBytes()],
  'forecaster:decodeGlobalForecaster().forecast': [
    async () => forecaster.decodeGlobalForecaster(await globalBytes()),
    () => [counted(), { paths: 1, seed: 1 }],
  ],
  'forecaster:fitHybridForecaster': () => [manySeries(), { ...hybrid, levels: [0.5], signal: soon() }],
  'forecaster:backtestCollection': () => [
    {
      ...{ what: 'the last value', horizon: 2, season: 1, levels: [], folds: 1, fewest: 2 },
      series: manySeries().map(({ name, values }) => ({ name, values: Float64Array.from(values) })),
      forecast: async (known) => known.map(() => ({ values: Float64Array.of(1, 2), intervals: [] })),
    },
  ],
  'forecaster:collectionFolds': () => [
    {
      ...{ horizon: 2, folds: 1, fewest: 2, shortSeries: 'refuse' },
      series: manySeries().map(({ name, values }) => ({ name, values: Float64Array.from(values) })),
    },
  ],
  'forecaster:compareCollections': async () => {
    const backtested = await forecaster.backtestHybrid(manySeries(), hybrid, 1);
    return [backtested, backtested, { horizon: hybrid.horizon }];
  },
  'forecaster:backtestHybrid': () => [manySeries(), hybrid, 1],
  'forecaster:calibrateHybrid': () => [
    manySeries(),
    { ...hybrid, levels: [0.5], signal: soon() },
    () => fittedHybrid(),
  ],
  'forecaster:encodeHybridForecaster': async () => [await fittedHybrid()],
  'forecaster:decodeHybridForecaster': async () => [forecaster.encodeHybridForecaster(await fittedHybrid())],
  'forecaster:decodeHybridForecaster().forecast': [
    async () => forecaster.decodeHybridForecaster(forecaster.encodeHybridForecaster(await fittedHybrid())),
    () => [manySeries()],
  ],
  'forecaster:decodeHybridForecaster().withIntervals': [
    fittedHybrid,
    async () => [
      (await forecaster.fitHybridForecaster(manySeries(), { ...hybrid, levels: [0.5] })).calibration,
    ],
  ],
  'forecaster:buildNetwork': () => [shape()],
  'forecaster:buildNetwork().init': [network, () => [1, Float32Array.of(1, 2, 3)]],
  'forecaster:buildNetwork().paramsFrom': [network, async () => [(await fitted()).model.members[0]]],
  'forecaster:buildNetwork().forecast': [
    network,
    (one) => [one.init(1), tf.ones([2, 3, 1]), { training: false }],
  ],
  'forecaster:planBacktest': () => [series(), { ...fittings, folds: 2 }],
  'forecaster:planFit': () => [series(), { ...fittings, trainShare: 0.8 }],
  'forecaster:runTasks': () => [plan(), { signal: soon(), onTask() {} }],
  'forecaster:resolveSettings': () => [fittings],
  'forecaster:modelName': () => [{ cell: 'lstm', ensemble: 2 }],
  'forecaster/node:loadForecaster': async () => {
    await saveForecaster(fileOf('load-forecaster'), await fitted());
    return [fileOf('load-forecaster')];
  },
  'forecaster/node:saveForecaster': async () => [fileOf('forecaster'), await fitted()],
  'forecaster/node:runInThreads': () => [
    plan(),
    { workers: 1, backend: 'unrolled', signal: soon(), onTask() {} },
  ],
};

function textFile() {
  const file = fileOf('text.txt');
  writeFileSync(file, text);
  return file;
}
