import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type FusedOp, hasFusedKernel } from '@unrolled/kernels';
import { afterEach, describe, expect, it } from 'vitest';
import { KERNEL } from '../../kernels/src/kernel-names';
import {
  type AnyLayer,
  type AnyPart,
  dense,
  embedding,
  type Fallback,
  gru,
  lstm,
  minGru,
  minLstm,
  onFallback,
  simpleRnn,
  stack,
  unroll,
} from '../src/index';

const cases: [FusedOp, AnyPart][] = [
  ['simpleRnnSequence', simpleRnn({ inputSize: 3, units: 5 })],
  ['lstmSequence', lstm({ inputSize: 3, units: 5 })],
  ['lstmSequence', lstm({ inputSize: 3, units: 5, inputKind: 'ids' })],
  ['gruSequence', gru({ inputSize: 3, units: 5 })],
  ['gruSequence', gru({ inputSize: 3, units: 5, variant: 'reset-before' })],
  ['linearRecurrence', minGru({ inputSize: 3, units: 5 })],
  ['linearRecurrence', minLstm({ inputSize: 3, units: 5, inputKind: 'ids' })],
  ['linear', dense({ inputSize: 3, units: 5 })],
  ['embeddingLookup', embedding({ vocabularySize: 3, dimension: 5 })],
];

const inputsOf = (part: AnyPart): Tensor2D | Tensor3D =>
  part.inputKind === 'ids' ? tf.tensor2d([0, 1, 2, 2], [2, 2], 'int32') : (tf.ones([2, 2, 3]) as Tensor3D);

async function kernelsOf(part: AnyPart, options: { fused?: boolean } = {}): Promise<string[]> {
  const { kernelNames } = await tf.profile(() =>
    tf.tidy(() => {
      const layer = part as AnyLayer;
      tf.keep(unroll(layer, layer.init(1), inputsOf(part) as never, options).output).dispose();
      return tf.scalar(0);
    }),
  );
  return kernelNames;
}

describe('the fused path', () => {
  it.each(cases)('runs %s where the backend has it (%#)', async (op, part) => {
    const names = await kernelsOf(part);
    expect(names.includes(KERNEL[op])).toBe(hasFusedKernel(op));
    const composed = op === 'linearRecurrence' ? ['cpu', 'tensorflow'] : ['cpu'];
    expect(hasFusedKernel(op)).toBe(!composed.includes(tf.getBackend()));
  });

  it.each(cases.slice(0, 7))('does not run %s with fused: false (%#)', async (op, part) => {
    expect(await kernelsOf(part, { fused: false })).not.toContain(KERNEL[op]);
  });
});

describe('a minimal cell in a stack', () => {
  it('leaves the other layers fused', async () => {
    const part = stack([
      lstm({ inputSize: 3, units: 5 }),
      minGru({ inputSize: 5, units: 5 }),
      gru({ inputSize: 5, units: 4 }),
    ]);
    const names = await kernelsOf(part);
    const expected = ['lstmSequence', 'linearRecurrence', 'gruSequence'] as const;
    for (const op of expected) expect(names.includes(KERNEL[op]), op).toBe(hasFusedKernel(op));
    if (hasFusedKernel('linearRecurrence')) expect(names).not.toContain('Sigmoid');
  });
});

describe('onFallback', () => {
  let restore = () => {};
  afterEach(() => restore());

  it('says once why a cell runs step by step on a backend that could do better', () => {
    const heard: Fallback[] = [];
    restore = onFallback((fallback) => heard.push(fallback));
    tf.tidy(() => {
      const part = lstm({ inputSize: 3, units: 5, peepholes: true, cellClip: 2 });
      for (let i = 0; i < 2; i++) unroll(part, part.init(1), tf.ones([2, 2, 3]) as Tensor3D);
    });
    const expected = {
      caller: 'lstm',
      passedOver: 'the fused kernel',
      reasons: ['peepholes', 'cell clip'],
      message:
        '[unrolled/cells] lstm: the fused kernel has no peepholes, no cell clip; running step by step, which is slower',
    };
    expect(heard).toEqual(hasFusedKernel('lstmSequence') ? [expected] : []);
  });
});
