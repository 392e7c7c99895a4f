/** The tasks with the published packages. */
import * as tf from '@tensorflow/tfjs-core';
import * as nn from '@unrolled/cells';
import { ctcLoss, sequenceLoss } from '@unrolled/losses';
import { beamSearchBatch, type LossOf, modelLoss, train } from '@unrolled/training';
import { DECODER, SEARCH, SPEECH, spokenLabels, spread, type TaskWorkload } from '../tasks';
import { LEARNING_RATE } from '../workloads';
import type { Runner } from './engine';

const { ids, embedding, units, batch, source, target } = DECODER;
const memorySize = 2 * units;

export function runTask({ task }: TaskWorkload): Runner {
  if (task.type === 'attention') return attentionTraining(task.inputFeeding);
  if (task.type === 'beam') return search(task.sources);
  return { convolution, recogniser, ctc }[task.type]();
}

const countOf = (params: unknown) =>
  Object.values(nn.flattenParams(params)).reduce((count, { size }) => count + size, 0);

const idsOf = (rows: number, length: number, seed: number) =>
  tf.tensor2d(
    Array.from(spread(rows * length, 0.5, seed), (x) => Math.min(ids - 1, Math.floor((x + 0.5) * ids))),
    [rows, length],
    'int32',
  );

function decoderOf(inputFeeding: boolean) {
  const cell = nn.lstm({ inputSize: embedding + (inputFeeding ? units : 0), units });
  return nn.stack([
    nn.embedding({ vocabularySize: ids, dimension: embedding }),
    nn.attentionWrapper(cell, { memorySize, score: 'general', attentionUnits: units, inputFeeding }),
    nn.dense({ inputSize: units, units: ids }),
  ]);
}

function attentionTraining(inputFeeding: boolean): Runner {
  const reader = nn.lstm({ inputSize: embedding, units });
  const encoder = nn.stack([
    nn.embedding({ vocabularySize: ids, dimension: embedding }),
    nn.bidirectional(reader, reader),
  ]);
  const model = nn.encoderDecoder(encoder, decoderOf(inputFeeding));
  const params = model.init(20);
  const one = {
    source: idsOf(batch, source, 1),
    inputs: idsOf(batch, target, 2) as tf.Tensor2D,
    targets: idsOf(batch, target, 3) as tf.Tensor2D,
  };
  return training(params, one, modelLoss(model, sequenceLoss));
}

function recogniser(): Runner {
  const { features, units, classes, batch, steps } = SPEECH;
  const layer = (inputSize: number) => nn.bidirectional(...both(nn.lstm({ inputSize, units })));
  const model = nn.stack([
    layer(features),
    layer(2 * units),
    nn.dense({ inputSize: 2 * units, units: classes }),
  ]);
  const params = model.init(20);
  const inputs = tf.tensor3d(spread(batch * steps * features, 1, 1), [batch, steps, features]);
  return training(params, { inputs, targets: spokenLabels() }, modelLoss(model, ctcLoss) as never);
}

const both = <Part>(part: Part): [Part, Part] => [part, part];

/** Steps of Adam over one batch. */
function training<Params extends object, Batch extends object>(
  params: Params,
  one: Batch,
  lossOf: LossOf<Params, Batch>,
): Runner {
  const run = train<Params, Batch>({
    params,
    lossOf,
    batches: { length: Number.MAX_SAFE_INTEGER, at: () => one },
    optimizer: 'adam',
    learningRate: LEARNING_RATE,
    steps: Number.POSITIVE_INFINITY,
  });
  const steps = run[Symbol.asyncIterator]();
  return {
    parameters: countOf(params),
    async run(iterations) {
      let loss = Number.NaN;
      for (let i = 0; i < iterations; i++) loss = (await steps.next()).value!.loss;
      return loss;
    },
  };
}

/** The result is returned as the loss: the mean ln P of the best text of each source. */
function search(sources: number): Runner {
  const model = decoderOf(false);
  const drawn = model.init(1);
  const params = nn.mapTree(drawn, ({ shape, size }, path) => {
    const values = spread(size, path === '0.embeddings' ? 1 : 0.1, 1 + path.length);
    if (path === '2.bias') values[SEARCH.stop] = -30;
    return tf.tensor(values, shape);
  });
  nn.disposeTree(drawn);
  const memory = tf.tensor3d(spread(sources * source * memorySize, 0.5, 7), [sources, source, memorySize]);
  const options = {
    ...{ model, params, initialState: nn.attend(model, params, memory), prime: [0], stopAt: SEARCH.stop },
    ...{ length: SEARCH.length, width: SEARCH.width, constantState: nn.constantStatePaths(model) },
  };
  return {
    parameters: countOf(params),
    async run(iterations) {
      let sum = 0;
      for (let i = 0; i < iterations; i++) {
        sum = 0;
        for (const [best] of beamSearchBatch(options)) sum += best!.logProbability;
      }
      return sum / sources;
    },
  };
}

function convolution(): Runner {
  const [x, filter, dy] = [
    [32, 32, 32, 32],
    [3, 3, 32, 64],
    [32, 32, 32, 64],
  ].map((shape, n) => tf.tensor4d(spread(tf.util.sizeFromShape(shape), 1, n + 1), shape as never));
  const common = { strides: 1, pad: 'same', dataFormat: 'NHWC' };
  const kernel = (name: string, inputs: object, attributes: object) =>
    tf.engine().runKernel(name, inputs as never, { ...common, ...attributes } as never);
  return {
    parameters: 0,
    async run(iterations) {
      for (let i = 0; i < iterations; i++)
        tf.tidy(() => {
          tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same');
          kernel('Conv2DBackpropInput', { dy, filter }, { inputShape: x!.shape });
          kernel('Conv2DBackpropFilter', { x, dy }, { filterShape: filter!.shape });
        });
      return null;
    },
  };
}

function ctc(): Runner {
  const { classes, batch, steps } = SPEECH;
  const logits = tf.variable(tf.tensor3d(spread(batch * steps * classes, 2, 1), [batch, steps, classes]));
  const targets = spokenLabels();
  return {
    parameters: 0,
    async run(iterations) {
      for (let i = 0; i < iterations; i++) {
        const { value, grads } = tf.variableGrads(
          () => ctcLoss(logits as unknown as tf.Tensor3D, targets),
          [logits],
        );
        tf.dispose([value, grads]);
      }
      return null;
    },
  };
}
