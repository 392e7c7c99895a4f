/** Single steps of a decoder whose products threads share: the bits of one thread. */
import v8 from 'node:v8';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createSteps,
  type LayerData,
  layerType,
  type StepPart,
  unregisterUnrolledBackend,
  unrolledBackendInfo,
  useUnrolledBackend,
} from '../src/index-node';
import { generator } from './fused';

// Node 20 has the multiply-add in one instruction, as the native kernels do, behind a flag.
beforeAll(() => v8.setFlagsFromString('--experimental-wasm-relaxed-simd'));
afterAll(() => unregisterUnrolledBackend());

const [IDS, EMBEDDING, CELL, UNITS, MEMORY, POSITIONS] = [30, 24, 264, 176, 200, 6];
const GATED = { activation: 'tanh', recurrentActivation: 'sigmoid' } as const;

/**
 * Decoders whose layers are wide enough for threads to be asked, and one whose attention is the last part.
 */
const CASES = [
  { cell: { type: 'lstm', ...GATED }, inputFeeding: false, hasVector: true, rows: 5 },
  { cell: { type: 'lstm', ...GATED }, inputFeeding: true, hasVector: true, rows: 7 },
  { cell: { type: 'lstm', ...GATED }, inputFeeding: true, hasVector: false, rows: 5 },
  { cell: { type: 'gru', variant: 'reset-before', ...GATED }, inputFeeding: false, hasVector: true, rows: 9 },
] as const;

/** The outputs and the last states of some steps, whose rows change places and number in between. */
function decode({ cell, inputFeeding, hasVector, rows }: (typeof CASES)[number], seed: number): string[] {
  const random = generator(seed);
  const floats = (...shape: number[]) =>
    tf.tensor(
      Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => random() - 0.5),
      shape,
    );
  return tf.tidy(() => {
    const layerStep = (layer: LayerData, path: string, takesIds = false): StepPart => {
      const shapes = Object.entries(layerType(layer).parameters(layer as never) as Record<string, number[]>);
      const params = Object.fromEntries(shapes.map(([name, shape]) => [name, floats(...shape)]));
      return { type: 'layer', layer, params, path, takesIds };
    };
    const fed = hasVector ? UNITS : MEMORY;
    const inputSize = EMBEDDING + (inputFeeding ? fed : 0);
    const parts: StepPart[] = [
      layerStep({ type: 'embedding', inputSize: IDS, units: EMBEDDING }, '', true),
      {
        type: 'attention',
        cell: [layerStep({ ...cell, inputSize, units: CELL } as LayerData, 'cell.')],
        source: {
          keys: floats(1, POSITIONS, UNITS),
          memory: floats(1, POSITIONS, MEMORY),
          valid: tf.ones([1, POSITIONS]),
        },
        queryKernel: floats(CELL, UNITS),
        attentionKernel: hasVector ? floats(CELL + MEMORY, UNITS) : undefined,
        activation: 'tanh',
        inputFeeding,
        path: '',
      },
    ];
    const steps = createSteps(parts, { inputSize: IDS, takesIds: true, states: {}, rows: 1, room: rows })!;
    const results: string[] = [];
    for (let n = 0; n < 9; n++) {
      const count = n === 0 ? 1 : n < 6 ? rows : rows - 2;
      if (n > 0) steps.gather(Int32Array.from({ length: count }, () => Math.floor(random() * steps.rows)));
      const ids = Int32Array.from({ length: count }, () => Math.floor(random() * IDS));
      results.push(steps.step(ids).join());
    }
    for (const [name, values] of steps.states()) results.push(`${name} ${values.join()}`);
    steps.dispose();
    return results;
  });
}

test('on any number of threads, and under both executors', async () => {
  await useUnrolledBackend({ executor: 'webassembly', binary: 'relaxed', threads: 1 });
  const expected = CASES.map(decode);
  for (const threads of [2, 3]) {
    await useUnrolledBackend({ threads });
    for (let time = 0; time < 2; time++) expect(CASES.map(decode)).toEqual(expected);
  }
  for (const threads of [1, 3]) {
    await useUnrolledBackend({ executor: 'auto', binary: 'auto', threads });
    if (unrolledBackendInfo()!.executor.name !== 'native') return;
    expect(CASES.map(decode)).toEqual(expected);
  }
});
