// The readers of files that may come from anywhere. For each: valid files; whether every change of a file
// must be refused; other inputs that suit the reader; and a check of its result.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as cells from '@unrolled/cells';
import * as data from '@unrolled/data';
import * as dataFiles from '@unrolled/data/node';
import * as forecasting from '@unrolled/forecaster';
import * as interop from '@unrolled/interop';
import * as kerasFiles from '@unrolled/interop/keras';
import * as safetensors from '@unrolled/safetensors';
import * as training from '@unrolled/training';
import { mutateJson } from './random.mjs';

const encode = (text) => new TextEncoder().encode(text);
const values = (count, scale = 1) =>
  Float32Array.from({ length: count }, (_, index) => scale * Math.sin(index * 12.9898));

/** A small model. It stands for all models, because every part is described and saved in the same way. */
function smallModel() {
  const { lstm, gru, dense, dropout, stack } = cells;
  return stack([
    lstm({ inputSize: 3, units: 4 }),
    dropout({ size: 4, rate: 0.1 }),
    gru({ inputSize: 4, units: 2 }),
    dense({ inputSize: 2, units: 3 }),
  ]);
}

function sizesOf(tensors) {
  for (const [name, { shape, data: content }] of tensors) {
    const expected = shape.reduce((product, size) => product * size, 1);
    if (content.length !== undefined && content.length !== expected && !(content instanceof Uint8Array))
      return `${name}: ${content.length} values for the shape [${shape}]`;
  }
  return undefined;
}

/** Changes the description and updates the checksum: the tensors stay, one text of the metadata changes. */
function describedAnew(random, file) {
  const { tensors, metadata } = safetensors.readSafetensors(file);
  const key = random.pick(Object.keys(metadata).filter((name) => metadata[name].startsWith('{')));
  const changed = JSON.stringify(mutateJson(random, JSON.parse(metadata[key])));
  return safetensors.writeSafetensors(tensors, { ...metadata, [key]: changed }, { checksum: true });
}

const plainFile = () =>
  safetensors.writeSafetensors(
    {
      'lstm.kernel': { dtype: 'F32', shape: [2, 3], data: values(6) },
      half: { dtype: 'F16', shape: [4], data: Uint16Array.of(1, 2, 3, 4) },
      step: { dtype: 'I64', shape: [], data: BigInt64Array.of(7n) },
    },
    { config: '{"units":3}', 가: '"\\\n' },
  );

async function checkpointFile(seed) {
  const model = smallModel();
  const [inputs, targets] = [tf.ones([2, 5, 3]), tf.zeros([2, 5, 3])];
  const params = model.init(seed);
  const run = training.train({
    params,
    batches: [{ inputs, targets }],
    lossOf: (weights, batch) => ({
      loss: tf.mean(tf.square(tf.sub(cells.unroll(model, weights, batch.inputs).output, batch.targets))),
    }),
    learningRate: 0.01,
    steps: 2,
    seed,
  });
  for await (const _step of run);
  const snapshot = run.snapshot();
  cells.disposeTree([params, run.params, inputs, targets]);
  return training.encodeCheckpoint(snapshot, {
    model: cells.describe(model),
    config: { vocabulary: ['a', 'b', 'c'] },
  });
}

function modelFile(seed) {
  const model = smallModel();
  const trained = training.trainedModel({ model, params: model.init(seed), details: { note: 'one' } });
  const bytes = trained.toBytes();
  trained.dispose();
  return bytes;
}

const prices = (count) =>
  Float64Array.from({ length: count }, (_, row) => 50 + 3 * Math.sin(row / 3) + row / 40);

async function forecasterFile(seed) {
  const settings = { units: 2, epochs: 1, window: 5, horizon: 3, trainShare: 0.8, seed };
  const fitted = await forecasting.fitForecaster(prices(80), settings);
  return forecasting.encodeForecaster(fitted);
}

/** A file of each format of pairs. */
const PAIRS = pairFiles();
const FORMATS = Object.keys(PAIRS);
const startsLike = (bytes, valid) => bytes.length > 3 && [0, 1, 2, 3].every((at) => bytes[at] === valid[at]);

function pairFiles() {
  const header = 'Content-Type: text/plain; charset=utf-8\\n';
  const plural = 'msgid "%d day"\nmsgid_plural "%d days"\nmsgstr[0] "%d Tag"\nmsgstr[1] "%d Tage"\n';
  const po = `msgid ""\nmsgstr "${header}"\n\nmsgctxt "menu"\nmsgid "Open"\nmsgstr "Öffnen"\n\n${plural}`;
  const unit = ['en-US', 'de']
    .map((lang) => `<tuv xml:lang="${lang}"><seg>a <ph>x</ph> &amp; b</seg></tuv>`)
    .join('');
  return {
    tsv: encode('one\teins\ntwo words\tzwei Wörter\textra\n'),
    po: encode(po),
    mo: moOf([
      ['', header.replace('\\n', '\n')],
      ['Open', 'Öffnen'],
      ['%d day\0%d days', '%d Tag\0%d Tage'],
    ]),
    tmx: encode(`<?xml version="1.0"?>\n<tmx version="1.4"><header/><body><tu>${unit}</tu></body></tmx>`),
  };
}

/** A compiled catalogue: its header, two tables of lengths and offsets, the texts. */
function moOf(messages) {
  const texts = [0, 1].flatMap((side) => messages.map((message) => encode(message[side])));
  const start = 28 + 8 * texts.length;
  const words = [0x950412de, 0, messages.length, 28, 28 + 8 * messages.length, 0, start];
  let place = start;
  for (const { length } of texts) {
    words.push(length, place);
    place += length + 1;
  }
  return Uint8Array.from([
    ...new Uint8Array(Uint32Array.from(words).buffer),
    ...texts.flatMap((text) => [...text, 0]),
  ]);
}

const TOKENIZER = {
  ...{ version: '1.0', added_tokens: [], normalizer: null, post_processor: null },
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
  decoder: { type: 'ByteLevel' },
  model: { type: 'BPE', unk_token: null, vocab: { a: 0, b: 1, ab: 2 }, merges: [['a', 'b']] },
};

const CSVS = [
  `Date,Open,High,Low,Close,Volume\n${rows((day, price) => `2026-03-${day},${price},${price + 1},${price - 1},${price},1200`)}`,
  `Datum;Schluss\n${rows((day, price) => `${day}.03.2026;${price},5`)}`,
  `"Date"\t"Price"\n${rows((day, price) => `"Mar ${day}, 2026"\t"1,${price}.50"`)}`,
  `unique_id,ds,y\n${rows((day, price) => `A,2026-03-${day},${price}`)}`,
  rows((day, price) => `202603${day},${price},${price + 2},${price - 2},${price + 1},10`),
].map(encode);

function rows(line) {
  const days = Array.from({ length: 28 }, (_, day) => String(day + 1).padStart(2, '0'));
  return `${days.map((day, index) => line(day, 101 + index)).join('\n')}\n`;
}

const CELLS = [
  '',
  '1',
  '1.5',
  '1,5',
  '"1,500"',
  '-',
  'N/A',
  'x',
  '2026-01-02',
  '02/01/2026',
  '=1',
  '"',
  '\u202e',
  '%',
  '1e400',
  '0',
];

function randomCsv(random) {
  const delimiter = random.pick([',', ';', '\t', '|', ' ']);
  const width = 1 + random.integer(6);
  const line = () => Array.from({ length: width }, () => random.pick(CELLS)).join(delimiter);
  const lines = Array.from({ length: random.integer(30) }, line);
  return encode(
    [random.pick(['Date,Close', 'a;b', line(), '']), ...lines].join(random.pick(['\n', '\r\n', '\r'])),
  );
}

function checkCsv(file) {
  const { rowCount, dates } = file;
  if (dates && dates.length !== rowCount) return `${dates.length} dates for ${rowCount} rows`;
  for (const name of file.columns) {
    let column;
    try {
      column = file.column(name);
    } catch (error) {
      if (error.name === 'UnrolledError') continue;
      throw error;
    }
    if (column.length !== rowCount) return `${name}: ${column.length} values for ${rowCount} rows`;
    if (!column.every(Number.isFinite)) return `${name} contains values that are not finite`;
  }
  return undefined;
}

const ENCODINGS = [
  undefined,
  'utf-8',
  'cp949',
  'gbk',
  'shift-jis',
  'latin-1',
  'windows-1252',
  'utf-16le',
  'big5',
  'nonsense',
];
const NAMES = [
  '__proto__',
  'constructor',
  'lstm.weight_ih_l0',
  'toString',
  '',
  '\u0000',
  '\u001b[2J',
  'a'.repeat(1000),
  'vars/0',
  '\u202e',
];

/** Readers by name. `share` is the relative number of inputs. */
export const READERS = {
  safetensors: {
    share: 20,
    valid: async () => [plainFile()],
    from: 8,
    read: (bytes) => safetensors.readSafetensors(bytes),
    check: ({ tensors }) => sizesOf(tensors),
  },
  'safetensors with a checksum': {
    share: 8,
    valid: async () => [
      safetensors.writeSafetensors(
        { w: { dtype: 'F32', shape: [5], data: values(5) } },
        { a: 'b' },
        { checksum: true },
      ),
    ],
    // If the checksum's name is damaged, the file has no checksum, and is read as such.
    sealed: ({ hasChecksum }) => hasChecksum,
    read: (bytes) => safetensors.readSafetensors(bytes),
    check: ({ tensors }) => sizesOf(tensors),
  },
  checkpoint: {
    share: 8,
    valid: () => Promise.all([checkpointFile(1), checkpointFile(2)]),
    sealed: () => true,
    other: describedAnew,
    read: (bytes) => training.decodeCheckpoint(bytes),
  },
  model: {
    share: 8,
    valid: async () => [modelFile(1), modelFile(2)],
    sealed: () => true,
    other: describedAnew,
    read: (bytes) => {
      const trained = training.loadModel(bytes);
      trained.dispose();
    },
  },
  forecaster: {
    share: 8,
    valid: () => Promise.all([forecasterFile(1), forecasterFile(2)]),
    sealed: () => true,
    other: describedAnew,
    read: (bytes) => forecasting.decodeForecaster(bytes),
    check: (forecaster) => {
      const [next] = forecaster.forecast(prices(60));
      return next.rows.every(({ forecast }) => Number.isFinite(forecast))
        ? undefined
        : 'a forecast that is not finite';
    },
  },
  csv: {
    share: 14,
    valid: async () => CSVS,
    other: randomCsv,
    read: (bytes, random) => {
      const { text } = data.decodeText(bytes, random.chance(0.8) ? undefined : random.pick(ENCODINGS));
      return data.readCsv(text, random.chance(0.7) ? {} : { missing: 'drop-rows', duplicates: 'keep-last' });
    },
    check: checkCsv,
  },
  text: {
    share: 10,
    valid: async () =>
      ['plain text\nof two lines', '바다 위로 달이 뜨고', 'e\u0301 and \ud83d\ude00'].map(encode),
    read: (bytes, random) => {
      const { text } = data.decodeText(bytes, random.pick(ENCODINGS));
      const vocabulary = data.createVocabulary(text);
      return { text, again: vocabulary.decode(vocabulary.encode(text)) };
    },
    check: ({ text, again }) => (text === again ? undefined : 'a different text after encoding and decoding'),
  },
  vocabulary: {
    share: 6,
    valid: async () =>
      [
        ...['abc', 'the sea'].map((text) => data.createVocabulary(text)),
        data.trainSubwords('low lower lowest', { size: 270, endOfSequence: true }),
        data.trainSubwords('low lower lowest', { size: 20, base: 'character', unknown: true }),
      ].map((vocabulary) => encode(JSON.stringify(vocabulary))),
    other: (random, file) =>
      encode(JSON.stringify(mutateJson(random, JSON.parse(new TextDecoder().decode(file))))),
    read: (bytes) => data.vocabularyFromJSON(parsed(bytes)),
  },
  pairs: {
    share: 10,
    valid: async () => Object.values(PAIRS),
    async read(bytes, random, place) {
      const format = FORMATS.find((one) => startsLike(bytes, PAIRS[one])) ?? random.pick(FORMATS);
      const file = path.join(place, `pairs.${format}`);
      await writeFile(file, bytes);
      const pairs = [];
      for await (const pair of dataFiles.readPairs(file, { languages: ['en', 'de'] })) pairs.push(pair);
      return pairs;
    },
    check: (pairs) =>
      pairs.every(({ source, target }) => source.trim() && target.trim()) ? undefined : 'an empty side',
  },
  tokenizer: {
    share: 3,
    valid: async () => [encode(JSON.stringify(TOKENIZER))],
    other: (random, file) =>
      encode(JSON.stringify(mutateJson(random, JSON.parse(new TextDecoder().decode(file))))),
    async read(bytes, _random, place) {
      const file = path.join(place, 'tokenizer.json');
      await writeFile(file, bytes);
      return dataFiles.readTokenizer(file);
    },
  },
  'token cache': {
    share: 6,
    /** Changes the cache of an unchanged text. It must be read completely, created again, or refused. */
    valid: async (place) => [await cacheOf(place)],
    async read(bytes, _random, place) {
      await writeFile(path.join(place, 'cache', (await cacheFile(place)).name), bytes);
      const corpus = await openText(place);
      const tokens = corpus.tokens.read(0, corpus.tokens.length);
      await corpus.close();
      return tokens;
    },
    check: (tokens) => (tokens.length === 3000 ? undefined : `${tokens.length} tokens of 3000`),
  },
  'keras archive': {
    share: 6,
    valid: async () => [await kerasFiles.writeKeras(smallModel(), smallModel().init(1))],
    read: (bytes) => kerasFiles.readKeras(bytes),
    check: (arrays) => sizesOf(arrays),
  },
  hdf5: {
    share: 6,
    valid: async () => [
      await kerasFiles.writeKerasWeights(interop.toKeras(smallModel(), smallModel().init(1))),
    ],
    read: (bytes) => kerasFiles.readKeras(bytes),
    check: (arrays) => sizesOf(arrays),
  },
  config: {
    share: 6,
    valid: async () =>
      [
        { units: 64, layers: 2, 'batch-size': 8, files: ['a.txt'] },
        { cell: 'gru', seconds: 10, tied: true, clip: 5 },
      ].map((json) => encode(JSON.stringify(json))),
    other: (random, file) =>
      encode(JSON.stringify(mutateJson(random, JSON.parse(new TextDecoder().decode(file))))),
    async read(bytes, _random, place) {
      const file = path.join(place, 'config.json');
      await writeFile(file, bytes);
      const { settingsOfConfig } = await import(process.env.UNROLLED_CONFIG_READER);
      return settingsOfConfig(file);
    },
  },
  'names of weights': {
    share: 6,
    valid: async () => [encode(JSON.stringify([...weightsOf().keys()]))],
    other: (random, file) =>
      encode(JSON.stringify(mutateJson(random, JSON.parse(new TextDecoder().decode(file))))),
    read: (bytes, random) => {
      const names = parsed(bytes);
      const list = Array.isArray(names) ? names.map(String) : [String(names)];
      const known = [...weightsOf()];
      const weights = new Map(
        list.map((name, index) => [
          random.chance(0.05) ? random.pick(NAMES) : name,
          known[index % known.length][1],
        ]),
      );
      const from = random.pick([
        interop.fromPyTorch,
        interop.fromPyTorch,
        interop.fromKeras,
        interop.fromTensorFlow1,
      ]);
      cells.disposeTree(from(weights, namedModel(), { names: ['lstm', 'head'] }));
    },
  },
};

function namedModel() {
  return cells.stack([cells.lstm({ inputSize: 3, units: 2 }), cells.dense({ inputSize: 2, units: 2 })]);
}

/** The small model's weights under PyTorch's names. */
function weightsOf() {
  const params = namedModel().init(1);
  const weights = new Map(
    Object.entries(interop.toPyTorch(namedModel(), params, { names: ['lstm', 'head'] })),
  );
  cells.disposeTree(params);
  return weights;
}

/** A reader of values gets null for text that is not JSON. */
function parsed(bytes) {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}

const openText = (place) =>
  dataFiles.openCorpus([path.join(place, 'text.txt')], {
    cacheDirectory: path.join(place, 'cache'),
    memoryLimit: 0,
  });

async function cacheFile(place) {
  const corpus = await openText(place);
  const { file } = corpus.cache;
  await corpus.close();
  return { name: path.basename(file), file };
}

async function cacheOf(place) {
  await writeFile(path.join(place, 'text.txt'), 'abc '.repeat(750));
  const { readFile } = await import('node:fs/promises');
  return Uint8Array.from(await readFile((await cacheFile(place)).file));
}
