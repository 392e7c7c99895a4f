/**
 * A decoder with attention against PyTorch in float64: every score, cell and input feeding, rows and sources
 * of different lengths, NaN in what pads them, through three layers; and of one fed layer, which kernels
 * compute in one call. On a failure, first make the numbers again: `python3 fixtures/make_attention.py`.
 */
import { readFileSync } from 'node:fs';
import type { Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  type AnyCell,
  type AnyPart,
  type AttentionScore,
  attend,
  attentionWrapper,
  flattenParams,
  gru,
  lstm,
  simpleRnn,
  stack,
  unflattenParams,
  unroll,
  unrollWithAlignments,
} from '../src/index';

interface Case {
  readonly score: 'additive' | 'normalized' | 'dot' | 'general' | 'scaled';
  readonly cell: 'lstm' | 'gru' | 'simpleRnn';
  readonly layers: number;
  readonly inputFeeding: boolean;
  readonly attentionUnits: number | null;
  readonly memorySize: number;
  readonly tensors: Record<string, string>;
  readonly expected: Record<string, number[]>;
  readonly gradients: Record<string, number[]>;
}

const file = new URL('../../../fixtures/attention/attention.json', import.meta.url);
const golden: {
  targetLengths: number[];
  sourceLengths: number[];
  units: number;
  key: number;
  cases: Case[];
} = JSON.parse(readFileSync(file, 'utf8'));
const { targetLengths, sourceLengths, units, key } = golden;

/** The n-th number of a case, as `fixtures/make_attention.py` makes it. */
const number = (n: number) => Math.fround(1.6 * (((n * n * 0.6180339887498949) % 1) - 0.5));

function tensorsOf({ tensors }: Case): Record<string, Tensor> {
  let n = 0;
  return Object.fromEntries(
    Object.entries(tensors).map(([name, sizes]) => {
      const shape = sizes.split(' ').map(Number);
      const values = Array.from({ length: tf.util.sizeFromShape(shape) }, () => number(n++));
      return [name, tf.tensor(values, shape)];
    }),
  );
}

const MAKERS = { lstm, gru, simpleRnn } as const;

function decoderOf({ score, cell, layers, inputFeeding, attentionUnits, memorySize }: Case) {
  const fed = inputFeeding ? (attentionUnits ?? memorySize) : 0;
  const cells = Array.from({ length: layers }, (_, layer) =>
    MAKERS[cell]({ inputSize: layer === 0 ? 2 + fed : units, units }),
  );
  const normalized = score === 'normalized';
  const name: AttentionScore = score === 'normalized' ? 'additive' : score;
  const additive = name === 'additive' ? { units: key, normalized } : {};
  const options = { memorySize, score: name, inputFeeding, attentionUnits: attentionUnits ?? undefined };
  const inner = layers === 1 ? cells[0]! : stack(cells as [AnyCell]);
  return attentionWrapper(inner as AnyCell, { ...options, ...additive }) as AnyCell;
}

/** NaN past each row's length, [B, T, n]. */
function poisoned(sequence: Tensor3D, lengths: number[]): Tensor3D {
  const [rows, steps] = sequence.shape;
  const valid = lengths.flatMap((length) => Array.from({ length: steps }, (_, time) => +(time < length)));
  const nan = tf.fill(sequence.shape, Number.NaN);
  return tf.where(tf.tensor3d(valid, [rows, steps, 1], 'bool'), sequence, nan) as Tensor3D;
}

/** max|a − b| ≤ 1e-5 · max|b| */
function expectAgreement(what: string, actual: Tensor, expected: readonly number[]): void {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const numbers = actual.dataSync<'float32'>();
  expect(numbers.length, what).toBe(expected.length);
  const worst = numbers.reduce((most, value, i) => {
    const difference = Math.abs(value - expected[i]!);
    return Number.isNaN(difference) ? Infinity : Math.max(most, difference);
  }, 0);
  expect(worst, `${what}: max|a − b| against 1e-5 · max|b|`).toBeLessThanOrEqual(1e-5 * largest);
}

const inside = (flat: Record<string, Tensor>, prefix: string) =>
  Object.fromEntries(
    Object.entries(flat).flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
    ),
  );

/** The case's result for its tensors: by `unroll`, on the path named by `fused`. */
function run(part: AnyCell, given: Case, tensors: Record<string, Tensor>, fused: boolean) {
  const params = unflattenParams(
    part.init(0),
    Object.fromEntries(Object.keys(flattenParams(part.init(0))).map((name) => [name, tensors[name]!])),
  ) as never;
  const state = inside(tensors, 'state.cell.');
  const cell = (part.zeroState(targetLengths.length) as { cell: object }).cell;
  const first = attend(part as AnyPart, params, tensors.memory as Tensor3D, {
    lengths: sourceLengths,
    state: unflattenParams(cell, state),
  }) as object;
  const initialState = given.inputFeeding ? { ...first, attention: tensors['state.attention']! } : first;
  const options = { initialState, lengths: targetLengths, fused };
  return { params, options, ...unroll(part, params, tensors.inputs as never, options) };
}

const named = golden.cases.map((given) => {
  const { score, cell, layers, inputFeeding, attentionUnits } = given;
  const name = `${score}, ${cell} × ${layers}${inputFeeding ? ', input feeding' : ''}${attentionUnits ? ', vector' : ''}`;
  return [name, given] as const;
});

describe.each(named)('%s', (_name, given) => {
  it.each([true, false])('agrees with PyTorch, fused: %s', (fused) => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const part = decoderOf(given);
      const all = tensorsOf(given);
      const start = {
        ...all,
        inputs: poisoned(all.inputs as Tensor3D, targetLengths),
        memory: poisoned(all.memory as Tensor3D, sourceLengths),
      };
      const { params, options, output, state } = run(part, given, start, fused);
      const { output: expected, alignments, ...finals } = given.expected;
      expectAgreement('output', output, expected!);
      const flat = flattenParams(state);
      for (const [name, values] of Object.entries(finals))
        expectAgreement(name, flat[name.replace('state.', '')]!, values);
      if (!fused) {
        const { fused: _, ...rest } = options;
        const watched = unrollWithAlignments(part, params, start.inputs as never, rest as never);
        expectAgreement('alignments', watched.alignments, alignments!);
        expectAgreement('output beside alignments', watched.output, expected!);
      }
      const names = Object.keys(given.gradients);
      const loss = (...variables: Tensor[]) => {
        const taken = { ...start, ...Object.fromEntries(names.map((name, i) => [name, variables[i]!])) };
        const result = run(part, given, taken, fused);
        const last = flattenParams(result.state);
        return tf.addN([
          tf.sum(tf.mul(result.output, all.outputGradient!)),
          ...Object.entries(inside(all, 'gradient.state.')).map(([name, gradient]) =>
            tf.sum(tf.mul(last[name]!, gradient)),
          ),
        ]) as tf.Scalar;
      };
      const gradients = tf.grads(loss)(names.map((name) => start[name as keyof typeof start] as Tensor));
      names.forEach((name, i) => {
        expectAgreement(`gradient of ${name}`, gradients[i]!, given.gradients[name]!);
      });
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});
