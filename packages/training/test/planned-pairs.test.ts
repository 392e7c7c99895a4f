import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyPart,
  attentionWrapper,
  bidirectional,
  dense,
  dropout,
  embedding,
  encoderDecoder,
  gru,
  lstm,
  minGru,
  random,
  residual,
  simpleRnn,
  stack,
} from '@unrolled/cells';
import { unregisterUnrolledBackend, useUnrolledBackend } from '@unrolled/kernels';
import { sequenceLoss } from '@unrolled/losses';
import { afterAll, expect, test } from 'vitest';
import { adam, modelLoss, type PairLossBatch, sgd } from '../src/index';
import { outcomeOf } from './planned-outcome';

/** As in planned-steps.test.ts. */
const { UNROLLED_PLAN_CASES = '12', UNROLLED_PLAN_SEED = '20261130', UNROLLED_BACKEND } = process.env;
afterAll(() => unregisterUnrolledBackend());

const draws = random(Number(UNROLLED_PLAN_SEED));
const among = <T>(...choices: T[]): T => choices[Math.floor(draws.uniform() * choices.length)]!;
const between = (least: number, most: number) => least + Math.floor(draws.uniform() * (most - least + 1));

type Make = (options: object) => never;
const layers = { lstm, gru, simpleRnn } as unknown as Record<string, Make>;
const kindOf = () => among(...Object.keys(layers));

function encoderOf(units: number, kind: string, readsIds: boolean): AnyPart {
  const width = between(1, 6);
  const parts: unknown[] = readsIds ? [embedding({ vocabularySize: 7, dimension: width })] : [];
  if (among(true, false)) parts.push(dropout({ rate: 0.3 }));
  const inputSize = readsIds ? width : 5;
  if (among(true, false) && units % 2 === 0) {
    const half = () => layers[kind]!({ inputSize, units: units / 2 });
    parts.push(bidirectional(half(), half()));
  } else parts.push(layers[kind]!({ inputSize, units }));
  if (among(true, false)) parts.push(residual(minGru({ inputSize: units, units })));
  if (among(true, false)) parts.push(dense({ inputSize: units, units, activation: 'tanh' }));
  return stack(parts as never) as unknown as AnyPart;
}

/** A random encoder–decoder with batches of a few shapes. */
function randomCase() {
  const [units, memorySize, width] = [between(1, 12), between(1, 12), between(1, 6)];
  const [kind, bridge] = [kindOf(), among('dense', 'dense', 'zero', 'learned', 'copy')];
  const score = among('general', 'additive', 'dot');
  const own = score === 'dot' || bridge === 'copy' ? units : memorySize;
  const readsIds = among(true, false);
  const inputFeeding = among(true, false);
  const attentionUnits = among(undefined, between(1, 9));
  const fedSize = inputFeeding ? (attentionUnits ?? own) : 0;
  const cell = layers[kind]!({ inputSize: width + fedSize, units });
  const wrapper = attentionWrapper(cell, {
    ...{ memorySize: own, score: score as 'general', inputFeeding, attentionUnits },
    ...(score === 'additive' ? { units: between(1, 7) } : {}),
    ...(attentionUnits ? { activation: among('tanh', 'linear') as 'tanh' } : {}),
  });
  const outputs = between(2, 9);
  const parts: unknown[] = [embedding({ vocabularySize: outputs, dimension: width })];
  if (among(true, false)) parts.push(dropout({ rate: 0.2, variational: true }));
  if (bridge !== 'copy' && among(true, false)) parts.push(gru({ inputSize: width, units: width }));
  parts.push(wrapper, dense({ inputSize: (wrapper as unknown as AnyPart).outputSize, units: outputs }));
  const decoder = stack(parts as never);
  const encoder =
    bridge === 'copy'
      ? (layers[kind]!({ inputSize: 5, units }) as AnyPart)
      : encoderOf(own, kindOf(), readsIds);
  const takesIds = bridge !== 'copy' && readsIds;
  const model = encoderDecoder(encoder as never, decoder as never, { bridge: bridge as 'dense' });
  const counting = among('lengths', 'weights', 'none');
  const hasSourceLengths = among(true, false);
  const rows = between(1, 9);
  const fill = (size: number, next: () => number) => Array.from({ length: size }, next);
  const batches = [0, 1, 2].map((n): PairLossBatch => {
    const [B, S, T] = [rows + (n % 2), between(1, 9), between(1, 9)];
    const ids = (count: number, ...shape: [number, number]) =>
      tf.tensor2d(
        fill(shape[0] * shape[1], () => between(0, count - 1)),
        shape,
        'int32',
      );
    const weights = tf.tensor2d(
      fill(B * T, () => among(0, 1, 0.7)),
      [B, T],
    );
    return {
      source: takesIds
        ? ids(7, B, S)
        : tf.tensor3d(
            fill(B * S * 5, () => draws.uniform() - 0.5),
            [B, S, 5],
          ),
      ...(hasSourceLengths ? { sourceLengths: fill(B, () => between(0, S)) } : {}),
      inputs: ids(outputs, B, T),
      targets: ids(outputs, B, T),
      ...(counting === 'lengths' ? { lengths: fill(B, () => between(0, T)) } : {}),
      ...(counting === 'weights' ? { weights } : {}),
    };
  });
  const what = [kind, units, score, bridge, { inputFeeding, attentionUnits, counting, takesIds }];
  const options = {
    optimizer: among(adam({ weightDecay: 0.01 }), sgd({ momentum: 0.9 })),
    clip: among(undefined, { globalNorm: 0.1 }),
    averaging: among(undefined, { decay: 0.9 }),
    validation: { batches: batches.slice(0, 2), every: 3 },
  };
  const labelSmoothing = among(0, 0.1);
  return { what: JSON.stringify(what), model: model as AnyPart, batches, options, labelSmoothing };
}

for (let n = 0; n < Number(UNROLLED_PLAN_CASES); n++) {
  const given = randomCase();
  const engine = { threads: between(1, 3), executor: n % 2 === 0 ? 'auto' : 'webassembly' } as const;
  test.skipIf(UNROLLED_BACKEND === 'cpu')(
    `pair plan ${n} gives the bits of the ops: ${given.what}`,
    async () => {
      await useUnrolledBackend(engine);
      const { model, labelSmoothing } = given;
      const lossOf = modelLoss(model, sequenceLoss, { labelSmoothing });
      const planned = await outcomeOf(given, lossOf as never);
      const byOps = await outcomeOf(given, ((...all: Parameters<typeof lossOf>) => lossOf(...all)) as never);
      expect(planned.reasons).toEqual([]);
      expect(byOps.reasons).toHaveLength(1);
      expect(planned.steps).toEqual(byOps.steps);
      expect(planned.snapshot).toEqual(byOps.snapshot);
    },
  );
}
