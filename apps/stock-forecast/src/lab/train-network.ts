import * as tf from '@tensorflow/tfjs-core';
import {
  type Cell,
  dense,
  deriveSeed,
  disposeTree,
  flattenParams,
  type HiddenState,
  recurrentCells,
  unroll,
} from '@unrolled/cells';
import { sumOfSquares } from '@unrolled/losses';
import { train } from '@unrolled/training';
import type { LabSettings, Study, Windows } from './study';

export interface LabTraining extends Pick<LabSettings, 'cell' | 'units' | 'steps' | 'learningRate' | 'seed'> {
  /** Stops after the current step; the weights until then are used. */
  readonly signal?: AbortSignal;
  /** Called after each update, from 1, with the loss before it. */
  readonly onStep?: (step: { step: number; loss: number }) => void;
}

/**
 * Trains one recurrent layer (tanh), and a dense unit on its output at the last row, by Adam on the sum of
 * squared errors of all training windows in every step.
 *
 * @returns plain numbers: the loss over the training windows before each update, forecasts of the test
 * windows and of the row after the last one, all scaled, and the trained weights by path
 * @throws UnrolledError when the loss or a gradient stops being finite
 */
export async function trainLabNetwork(
  study: Study,
  { cell, units, steps, learningRate, seed, signal, onStep }: LabTraining,
) {
  const recurrent = recurrentCells[cell]({ inputSize: study.features.length, units }) as Cell<
    unknown,
    HiddenState
  >;
  const head = dense({ inputSize: units, units: 1 });
  const initial = () => ({
    recurrent: recurrent.init(deriveSeed(seed, 0)),
    head: head.init(deriveSeed(seed, 1)),
  });
  type Params = ReturnType<typeof initial>;
  const predict = (params: Params, windows: tf.Tensor3D) =>
    tf.tidy(() => {
      // The final hidden state is the output at the last row; the windows are all of one length.
      const { h } = unroll(recurrent, params.recurrent, windows).state; // [B, H]
      return head.step(params.head, h, {}).output; // [B, 1]
    });
  const forecast = (params: Params, { inputs, shape }: Pick<Windows, 'inputs' | 'shape'>) =>
    tf.tidy(() => predict(params, tf.tensor3d(inputs, shape)).dataSync<'float32'>().slice());
  const inputs = tf.tensor3d(study.train.inputs, study.train.shape);
  const targets = tf.tensor2d(study.train.targets, [study.train.count, 1]);
  const run = train({
    params: initial,
    lossOf: (params, batch) => ({ loss: sumOfSquares(predict(params, batch.inputs), batch.targets) }),
    batches: [{ inputs, targets }],
    ...{ optimizer: 'adam', learningRate, steps, seed, signal },
  });
  const losses: number[] = [];
  try {
    for await (const { step, loss } of run) {
      losses.push(loss);
      onStep?.({ step, loss });
    }
    const params = Object.entries(flattenParams(run.params));
    return {
      losses,
      predictions: forecast(run.params, study.test),
      next: forecast(run.params, study.latest)[0]!,
      params: Object.fromEntries(
        params.map(([path, tensor]) => [path, tensor.dataSync<'float32'>().slice()]),
      ),
    };
  } finally {
    disposeTree([inputs, targets, run.params]);
  }
}
