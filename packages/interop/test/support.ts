import { readFileSync } from 'node:fs';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyCell,
  type AnyLayer,
  type AnyPart,
  attentionWrapper,
  averagePool2d,
  bidirectional,
  conv1d,
  conv2d,
  dense,
  disposeTree,
  embedding,
  encoderDecoder,
  flatten,
  globalAveragePool2d,
  globalMaxPool1d,
  gru,
  layerNorm,
  layerNormLstm,
  lstm,
  mapTree,
  maxPool2d,
  minGru,
  minLstm,
  simpleRnn,
  stack,
  unroll,
} from '@unrolled/cells';
import { expect } from 'vitest';

/** A model in the words of `fixtures/golden/*.json`. */
export type Spec = {
  type: string;
  forward?: Spec;
  backward?: Spec;
  parts?: Spec[];
  cell?: Spec;
  encoder?: Spec;
  decoder?: Spec;
};

type Numbers = { shape: number[]; values: number[] };

/** One of `fixtures/interop/*.json`. */
export interface GoldenCase {
  readonly madeBy: string;
  readonly model: Spec;
  readonly inputs: Numbers;
  readonly lengths?: number[];
  readonly output: Numbers;
  /** The file with the weights, where it is not the case's name and `.safetensors`. */
  readonly file?: string;
  readonly names?: string[];
  readonly forgetBias?: number;
}

export const fixtures = new URL('../../../fixtures/interop/', import.meta.url);

export const bytesOf = (file: string): Uint8Array => new Uint8Array(readFileSync(new URL(file, fixtures)));

export const goldenCase = (name: string): GoldenCase =>
  JSON.parse(readFileSync(new URL(`${name}.json`, fixtures), 'utf8'));

export function build(spec: Spec): AnyPart {
  if (spec.type === 'bidirectional') return bidirectional(build(spec.forward!), build(spec.backward!));
  if (spec.type === 'stack') return stack(spec.parts!.map(build) as [AnyPart]);
  if (spec.type === 'attentionWrapper') {
    const { type: _, cell, ...options } = spec;
    return attentionWrapper(build(cell!) as AnyCell, options as never);
  }
  if (spec.type === 'encoderDecoder') {
    const { type: _, encoder, decoder, ...options } = spec;
    return encoderDecoder(build(encoder!) as never, build(decoder!) as never, options as object);
  }
  const pools = { maxPool2d, averagePool2d, globalMaxPool1d, globalAveragePool2d, flatten };
  const others = { conv1d, conv2d, layerNorm, layerNormLstm, dense, embedding, ...pools };
  const makers = { lstm, gru, simpleRnn, minGru, minLstm, ...others } as unknown as Record<
    string,
    (options: Omit<Spec, 'type'>) => AnyPart
  >;
  const { type, ...options } = spec;
  return makers[type]!(options);
}

export const inputsOf = ({ inputKind }: AnyPart, { values, shape }: Numbers): Tensor =>
  tf.tensor(values, shape, inputKind === 'ids' ? 'int32' : 'float32');

/**
 * Compares the model's results for the case's inputs with the other framework's: max|a − b| ≤ 1e-5.
 */
export function expectOutput(model: AnyPart, params: unknown, golden: GoldenCase): void {
  const inputs = inputsOf(model, golden.inputs);
  const result = unroll(model as AnyLayer, params, inputs as never, { lengths: golden.lengths });
  expect(result.output.shape).toEqual(golden.output.shape);
  expectClose((result.output as Tensor).dataSync(), golden.output.values);
  disposeTree([inputs, result]);
}

export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-5): void {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  for (let index = 0; index < actual.length; index++) {
    const difference = Math.abs(actual[index]! - expected[index]!);
    worst = difference <= worst ? worst : difference; // NaN wins
  }
  expect(worst, 'max|a − b|').toBeLessThanOrEqual(tolerance);
}

/** Parameters in which no bias is 0, so a lost one is noticed; the caller owns them. */
export function someParams(model: AnyPart, seed = 1): unknown {
  return tf.tidy(() => {
    const params = model.init(seed);
    const noise = (tensor: Tensor, index: number) =>
      tf.randomNormal(tensor.shape, 0, 0.3, 'float32', index + 1);
    let count = 0;
    return mapTree(params, (tensor) => tf.add(tensor, noise(tensor, count++)));
  });
}

/** Runs `body` and holds it to leaving no tensor behind. */
export async function withoutLeak<T>(body: () => T | Promise<T>): Promise<T> {
  const before = tf.memory().numTensors;
  const result = await body();
  expect(tf.memory().numTensors).toBe(before);
  return result;
}

/** The message of the UnrolledError that `body` ends with. */
export async function complaint(body: () => unknown): Promise<string> {
  try {
    await body();
  } catch (error) {
    expect((error as Error).name, String((error as Error).stack)).toBe('UnrolledError');
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}
