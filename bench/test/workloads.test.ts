import { describe, expect, it } from 'vitest';
import { expectedParameters } from '../src/engines';
import { makeBatch } from '../src/inputs';
import { AIMS, flopsPerStep, type LayersWorkload, parameterCount, WORKLOADS } from '../src/workloads';

const named = (name: string) => WORKLOADS.find((workload) => workload.name === name) as LayersWorkload;

describe('the workloads', () => {
  it('are those of the table, each with its aim', () => {
    expect(WORKLOADS.map(({ name }) => name)).toEqual([
      'hihello',
      'sentence',
      'stock',
      'char-128',
      'char-512',
      'GRU-128',
      'minGRU-128',
      'own-minGRU-128',
      'sample-128',
      'sample-512',
      'attention',
      'attention-fed',
      'beam-256',
      'beam-1',
      'conv2d',
      'recogniser',
      'ctc',
    ]);
    expect(Object.keys(AIMS)).toEqual(WORKLOADS.map(({ name }) => name));
  });

  it('count their parameters', () => {
    // LSTM 5 on 5: 4·5·(5+5+1) = 220; dense: 6·5 = 30.
    expect(parameterCount(named('hihello'))).toBe(250);
    // 4·10·(5+10+1) + 11.
    expect(parameterCount(named('stock'))).toBe(651);
    // GRU 128 on 65, then on 128, two biases each; dense 129·65.
    expect(parameterCount(named('GRU-128'))).toBe(384 * (65 + 128 + 2) + 384 * (128 + 128 + 2) + 129 * 65);
    // minGRU 128 on 65, then on 128, two gates without a recurrent kernel.
    expect(parameterCount(named('minGRU-128'))).toBe(256 * (65 + 128 + 2) + 129 * 65);
    expect(parameterCount(named('sample-128'))).toBe(parameterCount(named('char-128')));
  });

  it('count the operations of their products', () => {
    // 6 steps: recurrence 2·20·5·3 and dense 2·5·5·3 each; the one-hot input takes no product.
    expect(flopsPerStep(named('hihello'))).toBe(6 * (2 * 20 * 5 * 3 + 2 * 5 * 5 * 3));
    // The input is dense, but its gradient is not asked for; the dense layer sees the last step alone.
    expect(flopsPerStep(named('stock'))).toBe(
      507 * 7 * (2 * 40 * 10 * 3 + 2 * 40 * 5 * 2) + 507 * 2 * 10 * 3,
    );
    expect(flopsPerStep(named('char-512')) / 1e9).toBeCloseTo(79.1, 1);
    // The second layer's product, and the dense one.
    expect(flopsPerStep(named('minGRU-128'))).toBe(2500 * 3 * 2 * (256 * 128 + 128 * 65));
    expect(flopsPerStep(named('sample-128'))).toBe(2 * 512 * 128 * 3 + 2 * 128 * 65);
  });

  it('know the biases that PyTorch adds and tfjs-layers lacks', () => {
    const lstm = named('char-128');
    const gru = named('GRU-128');
    expect(expectedParameters('pytorch', lstm) - parameterCount(lstm)).toBe(2 * 512);
    expect(expectedParameters('pytorch', gru)).toBe(parameterCount(gru));
    expect(parameterCount(gru) - expectedParameters('tfjs-layers-wasm', gru)).toBe(2 * 384);
    expect(expectedParameters('unrolled', gru)).toBe(parameterCount(gru));
    const own = named('own-minGRU-128');
    expect(parameterCount(own) - expectedParameters('unrolled', own)).toBe(256);
    expect(expectedParameters('pytorch', own)).toBe(parameterCount(own));
  });

  it('have batches of the right size, the same each time', () => {
    for (const workload of WORKLOADS) {
      if (workload.kind !== 'training') continue;
      const { inputs, targets } = makeBatch(workload);
      const cells = workload.batchSize * workload.timeSteps;
      const ids = workload.inputKind === 'ids';
      expect(inputs.length).toBe(ids ? cells : cells * workload.inputSize);
      expect(targets.length).toBe(ids ? cells : workload.batchSize);
      if (ids)
        expect(
          [...inputs, ...targets].every((id) => Number.isInteger(id) && id >= 0 && id < workload.inputSize),
        ).toBe(true);
      expect(makeBatch(workload)).toEqual({ inputs, targets });
    }
  });
});
