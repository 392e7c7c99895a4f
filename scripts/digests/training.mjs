// Losses, parameters and optimizer slots after some steps of training.
import { Digest, uniform } from './numbers.mjs';
import { gradientsOf, tensorsOf } from './tensors.mjs';

const SEED = 20;
const STEPS = 200;

/**
 * Copies of the models that the benchmark trains, so a change of the benchmark does not change digests. GRU:
 * reset-after. `cpuSteps`: the number of steps that tfjs's JavaScript does in some seconds.
 */
const characters = { inputSize: 65, outputSize: 65, batchSize: 50, timeSteps: 50 };
const WORKLOADS = {
  hihello: { cell: 'lstm', layers: 1, units: 5, inputSize: 5, outputSize: 5, batchSize: 1, timeSteps: 6 },
  sentence: {
    ...{ cell: 'lstm', layers: 2, units: 25, inputSize: 25, outputSize: 25 },
    ...{ batchSize: 170, timeSteps: 10, cpuSteps: 20 },
  },
  stock: {
    ...{ cell: 'lstm', layers: 1, units: 10, inputSize: 5, outputSize: 1 },
    ...{ batchSize: 507, timeSteps: 7, lastStep: true },
  },
  'char-128': { ...characters, cell: 'lstm', layers: 2, units: 128, cpuSteps: 1 },
  'GRU-128': { ...characters, cell: 'gru', layers: 2, units: 128, cpuSteps: 1 },
  // 200 of these would take minutes on every backend.
  'char-512': { ...characters, cell: 'lstm', layers: 3, units: 512, steps: 4, cpuSteps: 0 },
};

/**
 * One digest for each model of the benchmark, then one for each optimizer and other way to train a small
 * model.
 */
export async function* trainingDigests(packages, { isCpu }) {
  for (const [name, workload] of Object.entries(WORKLOADS)) {
    const steps = isCpu ? (workload.cpuSteps ?? STEPS) : (workload.steps ?? STEPS);
    if (steps === 0) continue;
    const problem = workload.lastStep
      ? lastStepProblem(packages, workload)
      : everyStepProblem(packages, workload);
    yield [`${name}, ${steps} steps`, await trained(packages, { ...problem, optimizer: 'adam', steps })];
  }
  yield* smallRuns(packages);
  yield* lossDigests(packages);
}

async function* smallRuns(packages) {
  const { training } = packages;
  const options = {
    'adam, clipped by norm': { optimizer: 'adam', clip: { globalNorm: 0.1 } },
    'adam with weight decay': { optimizer: training.adam({ weightDecay: 0.1, beta2: 0.99 }) },
    'rmsprop, clipped by norm': { optimizer: 'rmsprop', clip: { globalNorm: 0.1 } },
    'rmsprop with momentum': { optimizer: training.rmsprop({ momentum: 0.9 }), learningRate: 1e-3 },
    'sgd, clipped by value': { optimizer: 'sgd', clip: { value: 0.01 }, learningRate: 0.5 },
    'sgd with momentum': { optimizer: training.sgd({ momentum: 0.9 }), learningRate: 0.1 },
    'averaged, with a schedule': {
      ...{ optimizer: 'adam', averaging: { decay: 0.9 } },
      learningRate: (step) => 0.02 / step,
    },
  };
  for (const [name, own] of Object.entries(options)) {
    const { model: _, ...problem } = smallProblem(packages);
    yield [name, await trained(packages, { ...problem, learningRate: 0.01, steps: 50, ...own })];
  }
  yield ['shuffled, carried and validated', await carried(packages)];
}

/** Trains, and digests every loss and gradient norm, then the parameters, slots and averages. */
async function trained(packages, { params, ...options }) {
  const { tf, training } = packages;
  const digest = new Digest();
  const run = training.train({ learningRate: 1e-3, seed: SEED, ...options, params });
  for await (const step of run) addStep(digest, step);
  addSnapshot(digest, run.snapshot());
  const trees = [params, run.params, ...(run.averages ? [run.averages] : [])];
  tf.dispose(trees.flatMap((tree) => tensorsOf(packages, tree)));
  return digest.toString();
}

function addStep(digest, { loss, gradientNorm, learningRate, validationLoss = -1 }) {
  digest.addNumbers([loss, gradientNorm, learningRate, validationLoss]);
}

function addSnapshot(digest, { params, optimizer, averaging, state }) {
  digest.addRecord(params);
  for (const slot of Object.values(optimizer.slots)) digest.addRecord(slot);
  if (averaging) digest.addRecord(averaging.params);
  if (state) digest.addRecord(state);
}

const oneBatch = { length: Number.MAX_SAFE_INTEGER, at: () => null };

function recurrentLayers({ cells }, { cell, layers, units, inputSize, lastStep }) {
  const first = { inputSize, units, ...(lastStep ? {} : { inputKind: 'ids' }) };
  return Array.from({ length: layers }, (_, layer) =>
    cells[cell](layer === 0 ? first : { inputSize: units, units }),
  );
}

function everyStepProblem(packages, workload) {
  const { tf, cells, losses } = packages;
  const { units, inputSize, outputSize, batchSize, timeSteps } = workload;
  const draw = uniform(SEED);
  const text = Array.from({ length: batchSize * timeSteps + 1 }, () => Math.floor(inputSize * draw() ** 2));
  const inputs = tf.tensor2d(text.slice(0, -1), [batchSize, timeSteps], 'int32');
  const targets = tf.tensor2d(text.slice(1), [batchSize, timeSteps], 'int32');
  const head = cells.dense({ inputSize: units, units: outputSize });
  const model = cells.stack([...recurrentLayers(packages, workload), head]);
  return {
    params: model.init(SEED),
    batches: oneBatch,
    lossOf: (params) => ({ loss: losses.sequenceLoss(cells.unroll(model, params, inputs).output, targets) }),
  };
}

function lastStepProblem(packages, workload) {
  const { tf, cells, losses } = packages;
  const { units, inputSize, outputSize, batchSize, timeSteps } = workload;
  const draw = uniform(SEED);
  const day = (index) =>
    Array.from(
      { length: inputSize },
      (_, feature) => 0.5 + 0.4 * Math.sin(index / 40 + feature) + draw() / 10,
    );
  const series = Array.from({ length: batchSize + timeSteps }, (_, index) => day(index));
  const rows = Array.from({ length: batchSize }, (_, row) => series.slice(row, row + timeSteps));
  const inputs = tf.tensor3d(rows.flat(2), [batchSize, timeSteps, inputSize]);
  const targets = tf.tensor2d(
    rows.map((_, row) => series[row + timeSteps].at(-1)),
    [batchSize, outputSize],
  );
  const body = cells.lastOutput(cells.stack(recurrentLayers(packages, workload)));
  const head = cells.dense({ inputSize: units, units: outputSize });
  return {
    params: { body: body.init(SEED), head: head.init(SEED) },
    batches: oneBatch,
    lossOf(params) {
      const last = cells.unroll(body, params.body, inputs).output;
      return { loss: losses.sumOfSquares(head.step(params.head, last, {}).output, targets) };
    },
  };
}

/** A stack of an LSTM and a GRU with dropout, with odd sizes. */
function smallModel({ cells }) {
  const { dense, dropout, gru, lstm, stack } = cells;
  return stack([
    lstm({ inputSize: 11, units: 19, inputKind: 'ids' }),
    dropout({ size: 19, rate: 0.2 }),
    gru({ inputSize: 19, units: 15 }),
    dense({ inputSize: 15, units: 11 }),
  ]);
}

/** Four batches, each of ids [5, 7] and the ids that follow. */
function smallBatches({ tf }) {
  const draw = uniform(SEED);
  const text = Array.from({ length: 4 * 35 + 1 }, () => Math.floor(11 * draw() ** 2));
  return Array.from({ length: 4 }, (_, index) => ({
    inputs: tf.tensor2d(text.slice(35 * index, 35 * index + 35), [5, 7], 'int32'),
    targets: tf.tensor2d(text.slice(35 * index + 1, 35 * index + 36), [5, 7], 'int32'),
  }));
}

function smallProblem(packages) {
  const { cells, losses } = packages;
  const model = smallModel(packages);
  const batches = smallBatches(packages);
  return {
    model,
    params: model.init(SEED),
    batches: { length: batches.length, at: (index) => batches[index] },
    shuffle: true,
    lossOf: (params, { inputs, targets }, _state, context) => ({
      loss: losses.sequenceLoss(cells.unroll(model, params, inputs, { context }).output, targets),
    }),
  };
}

/** A run that carries its state, is stopped halfway and resumed, and then evaluated. */
async function carried(packages) {
  const { cells, losses, training } = packages;
  const { model, params, batches } = smallProblem(packages);
  const lossOf = (own, { inputs, targets }, initialState, context) => {
    const { output, state } = cells.unroll(model, own, inputs, { context, initialState });
    return { loss: losses.sequenceLoss(output, targets), state };
  };
  const carry = { model, batchSize: 5 };
  const options = {
    ...{ params, batches, lossOf, carry, seed: SEED, learningRate: 0.01 },
    validation: { batches, every: 5 },
  };
  const digest = new Digest();
  let resume;
  for (const steps of [10, 20]) {
    const run = training.train({ ...options, steps, ...(resume ? { resume } : {}) });
    for await (const step of run) addStep(digest, step);
    resume = run.snapshot();
    addSnapshot(digest, resume);
    digest.addNumbers([await training.evaluate({ params: run.params, batches, lossOf, carry })]);
  }
  return digest.toString();
}

/** The losses, with their gradients. */
function* lossDigests(packages) {
  const { tf, losses } = packages;
  const draw = uniform(SEED);
  const random = (shape, count) =>
    tf.tensor(
      Array.from({ length: count }, () => 4 * draw() - 2),
      shape,
    );
  const logits = random([3, 5, 7], 105);
  const targets = tf.tensor2d(
    Array.from({ length: 15 }, () => Math.floor(7 * draw())),
    [3, 5],
    'int32',
  );
  const weights = tf.abs(random([3, 5], 15));
  const predictions = random([6, 3], 18);
  const values = random([6, 3], 18);
  const cases = {
    sequenceLoss: [logits, (x) => losses.sequenceLoss(x, targets)],
    'sequenceLoss with weights': [logits, (x) => losses.sequenceLoss(x, targets, { weights })],
    'sequenceLoss with lengths': [logits, (x) => losses.sequenceLoss(x, targets, { lengths: [5, 0, 3] })],
    sumOfSquares: [predictions, (x) => losses.sumOfSquares(x, values)],
  };
  for (const [name, [from, lossOf]] of Object.entries(cases)) {
    const { value, gradients } = gradientsOf(packages, [from], ([x]) => lossOf(x));
    yield [name, new Digest().addTensors([value, ...gradients]).toString()];
  }
}
