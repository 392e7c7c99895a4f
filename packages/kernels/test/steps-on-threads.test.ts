/** Single steps of a decoder whose products threads share: the bits of one thread. */
import v8 from 'node:v8';
import { Worker } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createSteps,
  type LayerData,
  layerType,
  onFallback,
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

interface Case extends Omit<(typeof CASES)[number], 'cell' | 'rows'> {
  readonly cell: object;
  readonly rows: number;
}

/**
 * The outputs and the last states of some steps, whose rows change places and number in between. `halfWay`
 * runs between two of them.
 */
function decode({ cell, inputFeeding, hasVector, rows }: Case, seed: number, halfWay = () => {}): string[] {
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
      if (n === 5) halfWay();
      if (n > 0) steps.gather(Int32Array.from({ length: count }, () => Math.floor(random() * steps.rows)));
      const ids = Int32Array.from({ length: count }, () => Math.floor(random() * IDS));
      results.push(steps.step(ids).join());
    }
    for (const [name, values] of steps.states()) results.push(`${name} ${values.join()}`);
    steps.dispose();
    return results;
  });
}

const decodeAll = () => CASES.map((one, seed) => decode(one, seed));

test('on any number of threads, and under both executors', async () => {
  await useUnrolledBackend({ executor: 'webassembly', binary: 'relaxed', threads: 1 });
  const expected = decodeAll();
  for (const threads of [2, 3]) {
    await useUnrolledBackend({ threads });
    for (let time = 0; time < 2; time++) expect(decodeAll()).toEqual(expected);
  }
  for (const threads of [1, 3]) {
    await useUnrolledBackend({ executor: 'auto', binary: 'auto', threads });
    if (unrolledBackendInfo()!.executor.name !== 'native') return;
    expect(decodeAll()).toEqual(expected);
  }
});

test('threads end between two steps: the shares of the others have room for more rows', async () => {
  const many: Case = { ...CASES[1], inputFeeding: false, rows: 120 };
  await useUnrolledBackend({ executor: 'webassembly', threads: 1 });
  const expected = decode(many, 1);
  unregisterUnrolledBackend();
  const workers: Worker[] = [];
  const workerFactory = (source: string) => {
    workers.push(new Worker(source, { eval: true }));
    return workers.at(-1)!;
  };
  await useUnrolledBackend({ executor: 'webassembly', threads: 4, workerFactory });
  const messages: string[] = [];
  const restore = onFallback(({ message }) => messages.push(message));
  const results = decode(many, 1, () => {
    for (const worker of workers.slice(1)) void worker.terminate();
    expect(unrolledBackendInfo()!.threads).toBe(2);
  });
  restore();
  expect(messages).toHaveLength(2);
  expect(results).toEqual(expected);
});
