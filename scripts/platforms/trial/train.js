/** Trains a small model. Returns the executor that computed it, and all bits of its losses. */
import * as tf from '@tensorflow/tfjs-core';
import { dense, disposeTree, lstm, stack, unroll } from '@unrolled/cells';
import { unrolledBackendInfo, useUnrolledBackend } from '@unrolled/kernels';
import { sequenceLoss } from '@unrolled/losses';
import { train } from '@unrolled/training';

const [IDS, ROWS, TIME, UNITS] = [20, 16, 24, 64];

export async function trainAndTell({ steps = 10, threads = 2 } = {}) {
  await useUnrolledBackend({ threads });
  const ids = (k) => Int32Array.from({ length: ROWS * TIME }, (_, n) => (n * n * k) % IDS);
  const batch = {
    x: tf.tensor2d(ids(3), [ROWS, TIME], 'int32'),
    y: tf.tensor2d(ids(7), [ROWS, TIME], 'int32'),
  };
  const model = stack([
    lstm({ inputSize: IDS, units: UNITS, inputKind: 'ids' }),
    dense({ inputSize: UNITS, units: IDS }),
  ]);
  const run = train({
    params: model.init(1),
    batches: [batch],
    lossOf: (params, { x, y }) => ({ loss: sequenceLoss(unroll(model, params, x).output, y) }),
    optimizer: 'adam',
    learningRate: 0.01,
    steps,
  });
  const losses = [];
  for await (const { loss } of run) losses.push(loss);
  disposeTree([run.params, batch]);
  const { executor, binary } = unrolledBackendInfo();
  return { executor, binary, losses: Array.from(new Uint32Array(Float32Array.from(losses).buffer)) };
}
