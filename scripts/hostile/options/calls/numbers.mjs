// Valid calls of the packages without tensors: errors, data, forecasting, safetensors.
import { writeFileSync } from 'node:fs';
import {
  byteVocabulary,
  contiguousBatches,
  createCorpus,
  createVocabulary,
  fitMinMaxScaler,
  memoryTokens,
  pairBatches,
  readCsv,
  shuffledBatches,
  trainSubwords,
} from '@unrolled/data';
import { openCorpus, openPairs } from '@unrolled/data/node';
import {
  checksOf,
  kindCheckOf,
  lengthsCheckOf,
  optionsCheckOf,
  refuser,
  UnrolledError,
} from '@unrolled/errors';
import {
  adaptiveLevel,
  calendarOf,
  conformalizeQuantiles,
  dieboldMarianoTest,
  fitExponentialSmoothing,
  fitLinearAutoregression,
  splitConformal,
} from '@unrolled/forecasting';
import { writeSafetensors } from '@unrolled/safetensors';
import { fileOf } from './places.mjs';

const pairs = () => [
  { source: [1, 2], target: [3] },
  { source: [4], target: [5, 6] },
];
const series = (length = 40) => Array.from({ length }, (_, t) => 100 + 10 * Math.sin(t / 3) + ((t * 7) % 5));
const days = () => Array.from({ length: 20 }, (_, t) => `2024-01-${String(t + 1).padStart(2, '0')}`);
const truth = [1, 2, 3, 4];
const forecast = [1.5, 2, 2.5, 4.5];
const lower = [0, 1, 2, 3];
const upper = [2, 3, 4, 5];
const CSV = `Date,Close,Volume\n${series(12)
  .map((close, t) => `2024-01-${String(t + 1).padStart(2, '0')},${close},${1000 + t}`)
  .join('\n')}\n`;
const table = () => ({ columns: { close: series(), volume: series().map((x) => x + 1000) } });
const corpus = () => createCorpus('the whale and the ship');
const check = () => checksOf(refuser('errors'));
const calibration = () => ({
  truth: series(),
  forecast: series().map((x, i) => x + (i % 3) - 1),
  level: 0.8,
});
const quantiles = () => ({
  truth: series(),
  lower: series().map((x, i) => x - 1 - (i % 2)),
  upper: series().map((x, i) => x + 1 + (i % 3)),
  level: 0.8,
});
const tensors = () => ({ w: { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) } });
const scaler = () => fitMinMaxScaler(series(), { columns: 2 });

export const numberCalls = {
  'errors:checksOf': () => [refuser('errors')],
  'errors:checksOf().count': [check, () => ['test', 'n', 3, 1]],
  'errors:checksOf().number': [check, () => ['test', 'n', 3, true, 'to be 3', 'give 3']],
  'errors:checksOf().choice': [check, () => ['test', 'kind', 'a', ['a', 'b']]],
  'errors:lengthsCheckOf': () => [refuser('errors')],
  'errors:lengthsCheckOf()': [() => lengthsCheckOf(refuser('errors')), () => ['test', [1, 2], 2, 3]],
  'errors:kindCheckOf': () => [refuser('errors')],
  'errors:kindCheckOf()': [() => kindCheckOf(refuser('errors')), () => ['test', 'n', 3, 'number']],
  'errors:optionsCheckOf': () => [refuser('errors')],
  'errors:optionsCheckOf()': [
    () => optionsCheckOf(refuser('errors')),
    () => ['test', { n: 3 }, { n: 'number' }],
  ],
  'errors:refuser': () => ['errors'],
  'errors:refuser()': [
    () => refuseQuietly,
    () => ['test', { expected: 'a', got: 'b', remedy: 'c', code: 'file' }],
  ],
  'errors:cut': () => ['text', 3],
  'errors:inWords': () => ['text'],
  'errors:listed': () => [['a', 'b']],
  'errors:quoted': () => ['text'],
  'errors:visible': () => ['text'],
  'errors:new UnrolledError': () => [
    'errors',
    'test',
    { expected: 'a', got: 'b', remedy: 'c', code: 'file' },
    { cause: 1 },
  ],
  'errors/node:readingProblem': () => [new Error('x')],
  'errors/node:writingProblem': () => [new Error('x')],
  'errors/node:makeDirectory': () => [fileOf('made')],
  'errors/node:writeFileAtomically': () => [fileOf('atomic.bin'), [Uint8Array.of(1)]],

  'data:priceColumns': () => [readCsv(CSV)],
  'data:readCsv': () => [
    CSV,
    { order: 'oldest-first', dateColumn: 'Date', missing: 'drop-rows', target: 'Close', minimumRows: 3 },
  ],
  'data:readCsv().column': [() => readCsv(CSV), () => ['Close']],
  'data:readCsv().text': [() => readCsv(CSV, { textColumns: ['Volume'] }), () => ['Volume']],
  'data:readCsv().matrix': [() => readCsv(CSV), () => [['Close', 'Volume']]],
  'data:readCsvSeries': () => [CSV, { requiredColumns: ['Close'], delimiter: ',' }],
  'data:decodeText': () => [new TextEncoder().encode('text'), 'utf-8'],
  'data:leakFindings': () => [table(), 'close', ['volume']],
  'data:priceFindings': () => [table(), { prices: ['close'] }],
  'data:fitMinMaxScaler': () => [series(), { columns: 2, epsilon: 1e-7 }],
  'data:fitMinMaxScaler().transform': [scaler, () => [[1, 2]]],
  'data:fitMinMaxScaler().inverse': [scaler, () => [[1, 2]]],
  'data:fitMinMaxScaler().inverseColumn': [scaler, () => [[1, 2], 1]],
  'data:fitRobustScaler': () => [series(), { columns: 2 }],
  'data:fitStandardScaler': () => [series(), { columns: 2 }],
  'data:scalerFromJSON': () => [scaler().toJSON()],
  'data:countCharacters': () => [corpus(), 0, 5],
  'data:createCorpus': () => ['the whale', { unit: 'word' }],
  'data:encodeCorpus': () => [corpus(), 15, { minimumCount: 1, maximumSize: 10 }],
  'data:memoryTokens': () => [Int32Array.of(1, 2, 3)],
  'data:memoryTokens().read': [() => memoryTokens(Int32Array.of(1, 2, 3)), () => [0, 2]],
  'data:renumberTokens': () => [memoryTokens(Int32Array.of(0, 1)), Int32Array.of(1, 0)],
  'data:sliceTokens': () => [memoryTokens(Int32Array.of(1, 2, 3)), 0, 2],
  'data:trainSubwords().has': [byteVocabulary, () => ['a']],
  'data:trainSubwords().id': [byteVocabulary, () => ['a']],
  'data:trainSubwords().token': [byteVocabulary, () => [3]],
  'data:trainSubwords().decode': [
    () => createVocabulary('abc', { endOfSequence: true }),
    () => [[0, 1], { stopAtEndOfSequence: true }],
  ],
  'data:trainSubwords().split': [byteVocabulary, () => ['ab']],
  'data:trainSubwords().decoder().write': [() => byteVocabulary().decoder(), () => [65]],
  'data:createVocabulary': () => [
    'hello',
    {
      unit: 'character',
      unknown: true,
      endOfSequence: '<E>',
      order: 'code-point',
      minimumCount: 1,
      maximumSize: 9,
    },
  ],
  'data:vocabularyFromJSON': () => [createVocabulary('abc').toJSON()],
  'data:vocabularyOf': () => [['a', 'b'], { unit: 'character', unknown: true }],
  'data:chronologicalSplit': () => [100, { train: 0.6, validation: 0.2, test: 0.2, gap: 1 }],
  'data:concatenateWindows': () => [
    [
      {
        count: 1,
        window: 2,
        features: 1,
        horizon: 1,
        inputs: Float32Array.of(1, 2),
        targets: Float32Array.of(3),
        targetRows: Int32Array.of(2),
      },
    ],
  ],
  'data:contiguousBatches': () => [
    Int32Array.from({ length: 30 }, (_, i) => i % 5),
    { batchSize: 2, sequenceLength: 3, lastBatch: 'short' },
  ],
  'data:contiguousBatches().at': [
    () => contiguousBatches(new Int32Array(30), { batchSize: 2, sequenceLength: 3 }),
    () => [1],
  ],
  'data:forecastWindows': () => [
    series(),
    { features: 2, window: 3, horizon: 1, targetColumn: 1, stride: 1 },
  ],
  'data:oneHot': () => [[0, 1], 3],
  'data:padSequences': () => [[[1, 2], [3]], { length: 3, value: 0, features: 1 }],
  'data:shuffledBatches': () => [
    ['a', 'bc', 'def', 'gh'],
    { batchSize: 2, seed: 1, bucketBy: ({ length }) => length, lastBatch: 'drop', collate: (batch) => batch },
  ],
  'data:shuffledBatches()': [() => shuffledBatches([1, 2, 3], { batchSize: 2 }), () => [1]],
  'data:pairBatches': () => [
    pairs(),
    { maxTokens: 20, startId: 8, endId: 9, value: 0, maximumLength: 5, seed: 1 },
  ],
  'data:pairBatches()': [() => pairBatches(pairs(), { maxTokens: 20, startId: 8, endId: 9 }), () => [1]],
  'data:trainSubwords': () => [
    'low lower lowest',
    { size: 30, base: 'character', minimumCount: 2, endOfSequence: true, unknown: '<UNK>' },
  ],
  'data:byteVocabulary().encode': [
    () => createVocabulary('abc', { endOfSequence: true }),
    () => ['ab', { appendEndOfSequence: true }],
  ],
  'data:trainSubwords().encode': [
    () => trainSubwords('low lower', { size: 260, endOfSequence: true }),
    () => ['low', { appendEndOfSequence: true, dropout: 0.1, seed: 1 }],
  ],
  'data/node:readPairs': () => [
    pairsFile(),
    {
      ...{ format: 'tsv', columns: [0, 1], languages: ['en', 'de'], plurals: false, emptySide: 'refuse' },
      ...{ encoding: 'utf-8', normalize: 'NFC' },
    },
  ],
  'data/node:openPairs': () => [
    pairsFile(),
    {
      ...{ source: byteVocabulary(), target: byteVocabulary(), cacheDirectory: fileOf('cache') },
      ...{ memoryLimit: 1000, format: 'tsv', columns: [0, 1], emptySide: 'refuse', normalize: 'NFC' },
    },
  ],
  'data/node:openPairs().at': [openedPairs, () => [0]],
  'data/node:openPairs().placeOf': [openedPairs, () => [0]],
  'data/node:openPairs().close': [openedPairs, () => []],
  'data/node:readEmbeddings': () => [embeddingsFile(), { tokens: ['a', 'b'] }, { dimension: 2, seed: 1 }],
  'data/node:readTokenizer': () => [tokenizerFile()],
  'data:teacherForcing': () => [[[1, 2], [3]], { startId: 8, endId: 9, length: 4, value: 0 }],
  'data:slidingWindows': () => [[1, 2, 3, 4], { length: 2, stride: 1 }],
  'data:stitchWindows': () => [[1, 2, 2, 3], { length: 2, stride: 1 }],
  'data/node:readCsvFile': () => [csvFile(), { encoding: 'utf-8', target: 'Close' }],
  'data/node:readCsvFileSeries': () => [csvFile(), { encoding: 'utf-8', target: 'Close' }],
  'data/node:openCorpus': () => [
    [csvFile()],
    {
      unit: 'character',
      cacheDirectory: fileOf('cache'),
      memoryLimit: 1000,
      onProgress: () => {},
      normalize: 'NFC',
    },
  ],
  'data/node:openCorpus().close': [() => openCorpus([csvFile()]), () => []],
  'data/node:readTextFile': () => [csvFile(), 'utf-8'],

  'forecasting:adaptiveLevel': () => [{ level: 0.8, rate: 0.1 }],
  'forecasting:adaptiveLevel().update': [() => adaptiveLevel({ level: 0.8 }), () => [true]],
  'forecasting:calendarOf': () => [days(), { frequency: { unit: 'day', count: 1 } }],
  'forecasting:calendarOf().dateOf': [() => calendarOf(days()), () => [19_800]],
  'forecasting:calendarOf().stepOf': [() => calendarOf(days()), () => ['2024-01-05']],
  'forecasting:calendarFeatures': () => [
    days(),
    { frequency: { unit: 'day', count: 1 }, holidays: ['2024-01-06'] },
  ],
  'forecasting:frequencyChange': () => [days(), calendarOf(days())],
  'forecasting:frequencyName': () => [{ unit: 'minute', count: 15 }],
  'forecasting:frequencyOf': () => ['15min'],
  'forecasting:nextDates': () => [days(), 3],
  'forecasting:usualLags': () => [{ unit: 'hour', count: 1 }, 100],
  'forecasting:usualSeasons': () => [{ unit: 'hour', count: 1 }],
  'forecasting:conformalizedQuantilesFromJSON': () => [conformalizeQuantiles(quantiles()).toJSON()],
  'forecasting:conformalizedQuantilesFromJSON().interval': [
    () => conformalizeQuantiles(quantiles()),
    () => [[1], [2]],
  ],
  'forecasting:conformalizeQuantiles': () => [{ ...quantiles(), horizon: 1 }],
  'forecasting:coverage': () => [truth, lower, upper],
  'forecasting:dickeyFullerTest': () => [series(), { maximumLags: 2, significance: 0.05 }],
  'forecasting:dieboldMarianoSentence': () => [
    dieboldMarianoTest(
      series(),
      series().map((x) => x + 1),
      { horizon: 1 },
    ),
    { model: 'a', baseline: 'b' },
  ],
  'forecasting:dieboldMarianoTest': () => [
    series(),
    series().map((x) => x + 1),
    { horizon: 1, loss: 'squared', correction: true, kernel: 'bartlett', significance: 0.05 },
  ],
  'forecasting:fromDifferences': () => [[1, 2], 3],
  'forecasting:toDifferences': () => [truth],
  'forecasting:directionalAccuracy': () => [truth, forecast, lower],
  'forecasting:driftForecast': () => [truth, 2],
  'forecasting:fitLinearAutoregression': () => [
    series(),
    { lags: { maximum: 2, criterion: 'bic' }, intercept: true, of: 'changes' },
  ],
  'forecasting:fitLinearAutoregression().forecast': [
    () => fitLinearAutoregression(series(), { lags: 2 }),
    () => [series(), 2],
  ],
  'forecasting:fromLogReturns': () => [[0.1, 0.2], 3],
  'forecasting:toLogReturns': () => [truth],
  'forecasting:meanAbsoluteError': () => [truth, forecast],
  'forecasting:meanAbsolutePercentageError': () => [truth, forecast],
  'forecasting:meanAbsoluteScaledError': () => [truth, forecast, { training: series(), season: 1 }],
  'forecasting:meanError': () => [truth, forecast],
  'forecasting:meanIntervalWidth': () => [lower, upper],
  'forecasting:meanScaledIntervalScore': () => [
    truth,
    lower,
    upper,
    { level: 0.8, training: series(), season: 1 },
  ],
  'forecasting:meanWeightedQuantileLoss': () => [truth, [lower, upper], { quantiles: [0.1, 0.9] }],
  'forecasting:continuousRankedProbabilityScore': () => [truth, [lower, upper], { quantiles: [0.1, 0.9] }],
  'forecasting:overallWeightedAverage': () => [
    { smape: 10, mase: 1 },
    { smape: 12, mase: 1.1 },
  ],
  'forecasting:isSeasonal': () => [series(), 4],
  'forecasting:seasonalPattern': () => [series(), 4, 'additive'],
  'forecasting:naive2Forecast': () => [truth, 2, { season: 2 }],
  'forecasting:thetaForecast': () => [series(), 2, { season: 2 }],
  'forecasting:fitExponentialSmoothing': () => [series(), { season: 2, model: 'ANN' }],
  'forecasting:fitExponentialSmoothing().forecast': [() => fitExponentialSmoothing(series()), () => [2]],
  'forecasting:movingAverageForecast': () => [truth, 2, { window: 2 }],
  'forecasting:naiveForecast': () => [truth, 2],
  'forecasting:pinballLoss': () => [truth, forecast, 0.5],
  'forecasting:rootMeanSquaredError': () => [truth, forecast],
  'forecasting:seasonalNaiveForecast': () => [truth, 2, { season: 2 }],
  'forecasting:splitConformal': () => [
    { ...calibration(), kind: 'normalised', scale: series().map(() => 1), horizon: 1 },
  ],
  'forecasting:splitConformal().interval': [() => splitConformal(calibration()), () => [[1]]],
  'forecasting:splitConformalFromJSON': () => [splitConformal(calibration()).toJSON()],
  'forecasting:symmetricMeanAbsolutePercentageError': () => [truth, forecast],
  'forecasting:walkForward': () => [
    100,
    {
      initial: 50,
      horizon: 2,
      stride: 2,
      window: 'sliding',
      trainingRows: 40,
      calibration: 5,
      gap: 1,
      refitEvery: 2,
    },
  ],
  'forecasting:winklerScore': () => [truth, lower, upper, 0.8],

  'safetensors:otherFormat': () => [writeSafetensors(tensors())],
  'safetensors:readSafetensors': () => [
    writeSafetensors(tensors()),
    { maximumHeaderBytes: 1000, copy: true },
  ],
  'safetensors:bfloat16ToFloat32': () => [Uint16Array.of(1)],
  'safetensors:float16ToFloat32': () => [Uint16Array.of(1)],
  'safetensors:toFloat32': () => [tensors().w],
  'safetensors:writeSafetensors': () => [tensors(), { key: 'value' }, { checksum: true }],
  'safetensors/node:readSafetensorsFile': () => [tensorFile(), { maximumHeaderBytes: 1000, copy: true }],
  'safetensors/node:writeSafetensorsFile': () => [
    fileOf('w.safetensors'),
    tensors(),
    { key: 'value' },
    { checksum: true },
  ],
};

/** The valid call throws the refusal that it is given. */
function refuseQuietly(...args) {
  try {
    refuser('errors')(...args);
  } catch (error) {
    if (!(error instanceof UnrolledError)) throw error;
  }
}

function pairsFile() {
  const file = fileOf('pairs.tsv');
  writeFileSync(file, 'a\tb\ncc\tdd\n');
  return file;
}

function openedPairs() {
  return openPairs(pairsFile(), { source: byteVocabulary(), target: byteVocabulary() });
}

function tokenizerFile() {
  const file = fileOf('tokenizer.json');
  const model = { type: 'BPE', unk_token: null, vocab: { a: 0, b: 1, ab: 2 }, merges: [['a', 'b']] };
  const parts = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
  writeFileSync(file, JSON.stringify({ version: '1.0', added_tokens: [], ...parts, model }));
  return file;
}

function embeddingsFile() {
  const file = fileOf('vectors.txt');
  writeFileSync(file, 'a 1 2\nc 3 4\n');
  return file;
}

function csvFile() {
  const file = fileOf('prices.csv');
  writeFileSync(file, CSV);
  return file;
}

function tensorFile() {
  const file = fileOf('tensors.safetensors');
  writeFileSync(file, writeSafetensors(tensors()));
  return file;
}
