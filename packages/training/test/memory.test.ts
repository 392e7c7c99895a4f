import { flattenParams, lstm, stack } from '@unrolled/cells';
import { describe, expect, test } from 'vitest';
import { checkTrainingMemory, recurrentSize } from '../src/index';

const sizes = { cell: 'lstm', layers: 3, units: 5, inputSize: 7, steps: 12 } as const;

describe('refuses sizes that need too much memory', () => {
  test('counts the weights of a model', () => {
    const [first, upper] = [lstm({ inputSize: 7, units: 5 }), lstm({ inputSize: 5, units: 5 })];
    const model = stack([first, upper, upper]);
    const params = model.init(1);
    const numbers = Object.values(flattenParams(params)).reduce((sum, { size }) => sum + size, 0);
    expect(recurrentSize(sizes).parameters).toBe(numbers);
    for (const tensor of Object.values(flattenParams(params))) tensor.dispose();
  });

  test.each([
    { units: 200_000 },
    { layers: 1e9 },
    { inputSize: 1e10 },
    { steps: 1e10 },
    { units: 1e15, layers: 1e15 },
    { cell: 'gru', units: 100_000 },
    { cell: 'rnn', units: 100_000 },
  ] as const)('%j', (change) => {
    const size = recurrentSize({ ...sizes, ...change });
    expect(() => checkTrainingMemory('train', size, 'lower `units`')).toThrow(
      /^\[unrolled\/training] train: expected sizes that fit into [\d.]+ GiB of memory, got [\d,]+ weights and batches that need at least [\d,.]+ GiB: lower `units`$/,
    );
  });

  test('accepts sizes that fit', () =>
    checkTrainingMemory('train', recurrentSize({ ...sizes, units: 512 }), ''));
});
