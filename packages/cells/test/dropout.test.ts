/** Dropout without a size, and without a context. */
import type { Scalar, Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  type AnyPart,
  bidirectional,
  type Cell,
  type Context,
  describe as describeModel,
  dropout,
  dropoutWrapper,
  type LstmParams,
  lastOutput,
  modelFrom,
  residual,
  stack,
  stepper,
  structureOf,
  unroll,
} from '../src/index';
import { B, both, clean, first, head, refusal, second, T, table, vectors } from './support';

describe('dropout without a size', () => {
  const drop = dropout({ rate: 0.5 });
  const sizesOf = (part: AnyPart): unknown[] => {
    const structure = structureOf(part)!;
    if (structure.type === 'dropout') return [structure.size];
    if (structure.type === 'stack') return structure.parts.flatMap(sizesOf);
    return structure.type === 'bidirectional'
      ? [...sizesOf(structure.forward), ...sizesOf(structure.backward)]
      : 'part' in structure
        ? sizesOf(structure.part)
        : [];
  };
  const cases: [string, AnyPart, number[]][] = [
    ['between parts', stack([first, drop, second, drop, head, drop]), [4, 4, 2]],
    ['twice', stack([first, drop, drop, head]), [4, 4]],
    ['first, by the part after it', stack([drop, first]), [3]],
    ['first and second', stack([drop, drop, first]), [3, 3]],
    ['after an embedding', stack([table, drop, first]), [3]],
    ['after a residual', stack([first, residual(second), drop]), [4]],
    ['after both directions', stack([both, drop, lastOutput(second), drop, head]), [4, 4]],
    ['in a residual', residual(stack([second, drop])), [4]],
    ['in both directions', bidirectional(stack([drop, first]), stack([first, drop])), [3, 4]],
    ['in a stack in a stack', stack([first, stack([drop, second])]), [4]],
  ];
  it.each(cases)('takes its neighbour’s: %s', (_name, part, sizes) => {
    expect(sizesOf(part)).toEqual(sizes);
    expect(modelFrom(describeModel(part)).name).toBe(part.name);
  });

  it(
    'drops what the same with a size drops',
    clean(() => {
      const sized = stack([first, dropout({ size: 4, rate: 0.5, variational: true }), head]);
      const model = stack([first, dropout({ rate: 0.5, variational: true }), head]);
      const options = { context: { training: true, seed: 3 } } as const;
      const [one, other] = [model, sized].map(
        (part) => unroll(part, part.init(1), vectors(), options).output,
      );
      expect(Array.from(one!.dataSync())).toEqual(Array.from(other!.dataSync()));
    }),
  );

  const remedy =
    'pass dropout({ size, rate }); it may be omitted only in a stack, next to a part with a size';
  const refused: [string, () => unknown, string][] = [
    ['alone', () => unroll(drop, {}, vectors()), remedy],
    ['alone by steps', () => stepper(drop, {}), remedy],
    ['with no part beside it', () => stack([drop, drop]), remedy],
    ['in a wrapper', () => lastOutput(drop), remedy],
    ['described', () => describeModel(drop), remedy],
    [
      'on ids',
      () => stack([drop, table]),
      'stack: expected dropout among vectors, got dropout of the ids that embedding reads: put dropout after embedding',
    ],
    [
      'with a size of 0',
      () => dropout({ size: 0, rate: 0.5 }),
      'dropout: expected size to be a positive integer',
    ],
    ['with an unknown option', () => dropout({ rate: 0.5, sise: 3 } as never), "did you mean 'size'?"],
    ['without a rate', () => dropout({} as never), 'dropout: expected rate to be a number, got undefined'],
  ];
  it.each(refused)('is refused %s', (_name, body, message) => expect(refusal(body)).toContain(message));
});

describe('dropout without a context', () => {
  const drop = dropout({ rate: 0.5 });
  const own: Cell<LstmParams, { h: Tensor2D; c: Tensor2D }> = {
    ...first,
    name: 'own',
    step: (params, x, state, context) => {
      const next = first.step(params, x, state, context);
      const dropped = dropout({ size: 4, rate: 0.5 }).step({}, next.output, {}, context);
      return { output: dropped.output, state: next.state };
    },
  };
  const parts: Record<string, AnyPart> = {
    'in a stack': stack([first, drop, head]),
    'after lastOutput': stack([lastOutput(first), drop, head]),
    'in both directions': bidirectional(stack([drop, first]), first),
    'of a wrapper’s output': dropoutWrapper(first, { output: 0.5 }),
    'of a wrapper’s state': dropoutWrapper(first, { state: 0.5 }),
    'in a cell of a user’s own': own,
  };
  const gradient = (part: AnyPart, context?: Context) =>
    tf.tidy(() => {
      const params = part.init(1);
      const loss = (x: Tensor) => tf.sum(unroll(part, params, x as Tensor3D, { context }).output) as Scalar;
      return Array.from(tf.grad(loss)(vectors()).dataSync());
    });

  it.each(Object.entries(parts))('is refused while gradients are taken: %s', (_name, part) => {
    expect(refusal(() => gradient(part))).toContain(
      'dropout: expected a context, because gradients are being computed, got none: pass the context of lossOf: unroll(model, params, inputs, { context }); { training: false } disables dropout',
    );
    const off = gradient(part, { training: false });
    expect(gradient(part, { training: true, seed: 1 })).not.toEqual(off);
  });

  it(
    'drops nothing where no gradient is taken, nor at a rate of 0',
    clean(() => {
      const [on, off] = [stack([first, drop, head]), stack([first, dropout({ rate: 0 }), head])];
      const [output, plain] = [on, off].map((part) => unroll(part, part.init(1), vectors()).output);
      expect(Array.from(output!.dataSync())).toEqual(Array.from(plain!.dataSync()));
      expect(gradient(off)).toHaveLength(B * T * 3);
    }),
  );
});
