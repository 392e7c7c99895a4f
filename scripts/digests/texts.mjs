// Texts that two-layer models generate and score. Models have two layers, because the sampler of one layer on
// several threads has a race.
import { Digest, uniform } from './numbers.mjs';
import { createSampler, textModel } from './packages.mjs';
import { mapTensors } from './tensors.mjs';

const VOCABULARY = 29;
const LENGTH = 200;
const PRIME = [3, 1, 4, 1, 5];

/** The layers of the sampling kernel, with the options of the cell of the same name. */
const LAYERS = {
  lstm: { type: 'lstm' },
  'gru reset-after': { type: 'gru', variant: 'reset-after' },
  'gru reset-before': { type: 'gru', variant: 'reset-before' },
  'simpleRnn tanh': { type: 'simpleRnn', activation: 'tanh' },
  'simpleRnn relu': { type: 'simpleRnn', activation: 'relu' },
};
/**
 * One odd size, and one for which several threads pay off; the latter would take minutes with tfjs's
 * JavaScript.
 */
const UNITS = [33, 192];

const DRAWS = {
  drawn: {},
  'at temperature 0.7 of the 5 likeliest': { temperature: 0.7, topK: 5 },
  'from a nucleus': { temperature: 1.3, topP: 0.9, minP: 0.02 },
  'with a repetition penalty': { repetitionPenalty: 1.5, repetitionWindow: 10, exclude: [0, 7] },
  greedy: { temperature: 0 },
};

/** Digests of texts, candidates and scores of each kind of model. */
export function* textDigests(packages, { isCpu }) {
  for (const [name, layer] of Object.entries(LAYERS)) {
    for (const units of isCpu ? UNITS.slice(0, 1) : UNITS) {
      const { model, params } = oneHotModel(packages, layer, units);
      yield* digestsOfModel(packages, `2 × ${name} ${units}`, model, params);
      if (!isCpu) {
        const sampler = createSampler(packages, {
          ...{ layer, units, params, vocabularySize: VOCABULARY, seed: 5 },
        });
        yield [`2 × ${name} ${units}: the sampling kernel`, kernelTexts(sampler)];
        sampler.dispose();
      }
    }
  }
  for (const [name, model] of Object.entries(otherModels(packages.cells))) {
    yield* digestsOfModel(packages, name, model, enlarged(packages, model.init(3)));
  }
}

function oneHotModel(packages, { type, ...options }, units) {
  const { cells } = packages;
  const model = cells.stack([
    cells[type]({ ...options, inputSize: VOCABULARY, units, inputKind: 'ids' }),
    cells[type]({ ...options, inputSize: units, units }),
    cells.dense({ inputSize: units, units: VOCABULARY }),
  ]);
  // The state of a rectifier would grow without limit.
  return { model, params: enlarged(packages, model.init(3), options.activation === 'relu' ? 0.6 : 1.5) };
}

function otherModels({ dense, dropout, embedding, gru, lstm, residual, stack, tiedEmbedding }) {
  return {
    'embedding, lstm, dropout, gru': stack([
      embedding({ vocabularySize: VOCABULARY, dimension: 21 }),
      lstm({ inputSize: 21, units: 35 }),
      dropout({ size: 35, rate: 0.5 }),
      gru({ inputSize: 35, units: 27 }),
      dense({ inputSize: 27, units: VOCABULARY }),
    ]),
    'one-hot vectors, 2 × lstm with peepholes': stack([
      lstm({ inputSize: VOCABULARY, units: 20, peepholes: true }),
      lstm({ inputSize: 20, units: 20, peepholes: true }),
      dense({ inputSize: 20, units: VOCABULARY }),
    ]),
    'tiedEmbedding of 2 × gru, one of them residual': tiedEmbedding(
      stack([gru({ inputSize: 24, units: 24 }), residual(gru({ inputSize: 24, units: 24 }))]),
      { vocabularySize: VOCABULARY },
    ),
  };
}

/**
 * Enlarged weights, because with initial weights all ids have almost equal probabilities, and biases other
 * than 0.
 */
function enlarged({ tf }, params, gain = 1.5) {
  const draw = uniform(11);
  return mapTensors(tf, params, (tensor) => {
    const values = tensor.dataSync().map((value) => gain * value + 0.02 * (draw() - 0.5));
    return tf.tensor(values, tensor.shape);
  });
}

function* digestsOfModel({ training }, name, model, params) {
  const { beamSearch, generate, generateSamples, scoreSequence } = training;
  const own = textModel(model, params);
  const options = { ...own, prime: PRIME, length: LENGTH };
  for (const [how, draw] of Object.entries(DRAWS)) {
    const ids = [...generate({ ...options, ...draw, seed: 9 })];
    const digest = new Digest().addNumbers(ids);
    if (how === 'drawn') digest.addNumbers([scoreSequence({ ...own, ids: [...PRIME, ...ids] })]);
    yield [`${name}: ${how}`, digest.toString()];
  }
  const samples = new Digest();
  for (const drawn of generateSamples({ ...options, length: 50, seeds: [1, 2, 3] }))
    samples.addNumbers(drawn);
  yield [`${name}: three side by side`, samples.toString()];
  const candidates = new Digest();
  for (const { ids, logProbability, score } of beamSearch({
    ...options,
    length: 30,
    width: 4,
    lengthPenalty: 0.6,
  }))
    candidates.addNumbers([...ids, logProbability, score]);
  yield [`${name}: beam search`, candidates.toString()];
}

/** The sampling kernel's results at two temperatures, from the likeliest tokens, and greedily. */
function kernelTexts(sampler) {
  const digest = new Digest();
  const draws = [{ prime: PRIME }, { temperature: 0.7 }, { topK: 4 }, { temperature: 0 }];
  for (const draw of draws) digest.addNumbers(sampler.sample(LENGTH, draw));
  return digest.toString();
}
