import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyPart,
  bidirectional,
  dense,
  dropout,
  dropoutWrapper,
  embedding,
  gru,
  lastOutput,
  lstm,
  minGru,
  minLstm,
  random,
  residual,
  simpleRnn,
  stack,
  tiedEmbedding,
} from '@unrolled/cells';
import { unregisterUnrolledBackend, useUnrolledBackend } from '@unrolled/kernels';
import {
  crossEntropy,
  meanAbsoluteError,
  meanSquaredError,
  sequenceLoss,
  sumOfSquares,
} from '@unrolled/losses';
import { afterAll, expect, test } from 'vitest';
import { adam, modelLoss, rmsprop, sgd, type TensorBatch } from '../src/index';
import { outcomeOf } from './planned-outcome';

/** Number of cases, and the seed. Run thousands of cases after a change of the plans (CONTRIBUTING.md). */
const { UNROLLED_PLAN_CASES = '24', UNROLLED_PLAN_SEED = '20261129', UNROLLED_BACKEND } = process.env;
afterAll(() => unregisterUnrolledBackend());

const draws = random(Number(UNROLLED_PLAN_SEED));
const among = <T>(...choices: T[]): T => choices[Math.floor(draws.uniform() * choices.length)]!;
const between = (least: number, most: number) => least + Math.floor(draws.uniform() * (most - least + 1));

interface Case {
  readonly what: string;
  readonly model: AnyPart;
  readonly loss: typeof sequenceLoss;
  readonly batches: TensorBatch[];
  readonly options: object;
}

const recurrent = { lstm, gru, simpleRnn, minGru, minLstm } as unknown as Record<
  string,
  (options: object) => AnyPart
>;

/** A random model with batches of a few shapes, which repeat. */
function randomCase(): Case {
  const kind = among(...Object.keys(recurrent));
  const [inputSize, units] = [between(1, 9), between(1, 20)];
  const layers = between(1, 3);
  const isMinimal = kind.startsWith('min');
  const ids = among('vectors', 'embedding', ...(isMinimal ? [] : ['ids']));
  const many = among(true, false);
  const carries = many && among(true, false);
  const outputSize = among(inputSize + 1, inputSize, between(2, 9));
  const parts: unknown[] =
    ids === 'embedding' ? [embedding({ vocabularySize: inputSize, dimension: 3 })] : [];
  const drops = among(0, 0.3);
  for (let layer = 0; layer < layers; layer++) {
    const from = layer > 0 ? units : ids === 'embedding' ? 3 : inputSize;
    const own = layer === 0 && ids === 'ids' ? { inputKind: 'ids' } : {};
    let part = recurrent[kind]!({ inputSize: from, units, ...own });
    if (layer > 0 && among(true, false)) part = residual(part as never) as AnyPart;
    else if (layer === 0 && layers === 1 && !carries && units % 2 === 0) {
      const half = { inputSize: from, units: units / 2, ...own };
      part = bidirectional(recurrent[kind]!(half) as never, gru(half as never) as never) as AnyPart;
    }
    if (layer > 0 && among(true, false))
      part = dropoutWrapper(part as never, { input: 0.2, output: 0.1 }) as AnyPart;
    if (layer > 0 && drops > 0) parts.push(dropout({ rate: drops, variational: among(true, false) }));
    const isLast = layer === layers - 1;
    parts.push(isLast && !many ? lastOutput(part as never) : part);
  }
  parts.push(dense({ inputSize: units, units: outputSize, useBias: among(true, false) }));
  const activation = among('tanh', 'sigmoid', 'relu', 'linear') as 'tanh';
  if (among(true, false)) parts.push(dense({ inputSize: outputSize, units: outputSize, activation }));
  // Sometimes the ids of the first part are the classes of the last part.
  const isTied = many && ids === 'embedding' && outputSize === inputSize;
  const body = isTied ? recurrent[kind]!({ inputSize: units, units }) : undefined;
  const model = (body
    ? tiedEmbedding(body as never, { vocabularySize: inputSize })
    : stack(parts as never)) as unknown as AnyPart;
  const loss = among<unknown>(sequenceLoss, crossEntropy, meanSquaredError, sumOfSquares, meanAbsoluteError);
  const isEntropy = loss === sequenceLoss || loss === crossEntropy;
  const batchSize = between(1, 9);
  const counting = among('lengths', 'weights', 'none', 'none');
  const batches = Array.from({ length: 3 }, (_, n): TensorBatch => {
    const [B, T] = [carries ? batchSize : batchSize + (n % 2), between(1, 12)];
    const id = (count: number) => () => between(0, count - 1);
    const fill = (shape: number[], next: () => number) =>
      Array.from({ length: tf.util.sizeFromShape(shape) }, next);
    const floats = (shape: number[]) =>
      tf.tensor(
        fill(shape, () => draws.uniform() - 0.5),
        shape,
        'float32',
      );
    const idsOf = (shape: number[], count: number) => tf.tensor(fill(shape, id(count)), shape, 'int32');
    const outer = many ? [B, T] : [B];
    const whole = isEntropy ? outer : [...outer, outputSize];
    return {
      inputs: ids === 'vectors' ? floats([B, T, inputSize]) : idsOf([B, T], inputSize),
      targets: isEntropy ? idsOf(outer, outputSize) : floats(whole),
      ...(counting === 'lengths' ? { lengths: Array.from({ length: B }, () => between(0, T)) } : {}),
      ...(counting === 'weights'
        ? {
            weights: tf.tensor(
              fill(whole, () => among(0, 1, 0.7)),
              whole,
              'float32',
            ),
          }
        : {}),
    };
  });
  const options = {
    optimizer: among(
      adam({ weightDecay: among(0, 0.01) }),
      sgd(),
      sgd({ momentum: 0.9 }),
      rmsprop(),
      rmsprop({ momentum: 0.5 }),
    ),
    clip: among(undefined, { globalNorm: 0.1 }, { value: 0.05 }),
    averaging: among(undefined, { decay: 0.9 }),
    ...(carries ? { carry: { model, batchSize } } : {}),
    validation: { batches: batches.slice(0, 2), every: 3 },
  };
  const what = [
    kind,
    ids,
    `${layers}×${units}`,
    many,
    (loss as { name: string }).name,
    counting,
    JSON.stringify(options.optimizer.name),
    carries,
  ].join(' ');
  return { what, model, loss: loss as typeof sequenceLoss, batches, options };
}

for (let n = 0; n < Number(UNROLLED_PLAN_CASES); n++) {
  const given = randomCase();
  const engine = { threads: between(1, 3), executor: n % 2 === 0 ? 'auto' : 'webassembly' } as const;
  test.skipIf(UNROLLED_BACKEND === 'cpu')(`plan ${n} gives the bits of the ops: ${given.what}`, async () => {
    await useUnrolledBackend(engine);
    await expectBitsOfOps(given);
  });
}

async function expectBitsOfOps(given: Case): Promise<void> {
  const lossOf = modelLoss(given.model, given.loss as never);
  const planned = await outcomeOf(given, lossOf as never);
  const byOps = await outcomeOf(given, ((...all: Parameters<typeof lossOf>) => lossOf(...all)) as never);
  expect(planned.reasons).toEqual([]);
  expect(byOps.reasons).toHaveLength(1);
  expect(planned.steps).toEqual(byOps.steps);
  expect(planned.snapshot).toEqual(byOps.snapshot);
}

const executors = ['auto', 'webassembly'] as const;
const rates = [1e-12, 0.05, 0.5, 0.999, 1 - 1e-12];

// 33 · 40 · 31 draws: enough for two threads.
test.skipIf(UNROLLED_BACKEND === 'cpu').each(executors)(
  'plans drop the units that the ops drop, at every rate, executor %s',
  async (executor) => {
    await useUnrolledBackend({ threads: 2, executor });
    for (const rate of rates) {
      const layers = [lstm({ inputSize: 4, units: 31 }), dense({ inputSize: 31, units: 3 })];
      const model = stack([layers[0]!, dropout({ rate }), layers[1]!] as never) as unknown as AnyPart;
      const inputs = tf.randomNormal([33, 40, 4], 0, 1, 'float32', 1);
      const targets = tf.zeros([33, 40], 'int32');
      const options = { optimizer: sgd() };
      await expectBitsOfOps({
        what: `${rate}`,
        model,
        loss: sequenceLoss,
        batches: [{ inputs, targets }],
        options,
      });
    }
  },
);
