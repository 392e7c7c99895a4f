import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyCell,
  dense,
  disposeTree,
  flattenParams,
  lastOutput,
  type ParamsOf,
  recurrentCells,
  stack,
  unroll,
} from '@unrolled/cells';
import { sumOfSquares } from '@unrolled/losses';
import { modelLoss, train } from '@unrolled/training';
import type { LabSettings, Study, Windows } from './study';

export interface LabTraining extends Pick<LabSettings, 'cell' | 'units' | 'steps' | 'learningRate' | 'seed'> {
  /** Stops after the current step. The weights at that step are used. */
  readonly signal?: AbortSignal;
  /** Called after each update, counted from 1, with the loss before it. */
  readonly onStep?: (step: { step: number; loss: number }) => void;
}

/**
 * Trains one recurrent layer (tanh) and a dense unit on its output at the last row, by Adam on the sum of
 * squared errors of all training windows in each step.
 *
 * @returns plain numbers, all scaled: the loss over the training windows before each update, forecasts of the
 * test windows and of the row after the last one, and the trained weights by path
 * @throws UnrolledError if the loss or a gradient becomes infinite or NaN
 */
export async function trainLabNetwork(
  study: Study,
  { cell, units, steps, learningRate, seed, signal, onStep }: LabTraining,
) {
  const recurrent = recurrentCells[cell]({ inputSize: study.features.length, units }) as AnyCell;
  const model = stack([lastOutput(recurrent), dense({ inputSize: units, units: 1 })]); // [B, T, I] → [B, 1]
  type Params = ParamsOf<typeof model>;
  const forecast = (params: Params, { inputs, shape }: Pick<Windows, 'inputs' | 'shape'>) =>
    tf.tidy(() => unroll(model, params, tf.tensor3d(inputs, shape)).output.dataSync<'float32'>().slice());
  const inputs = tf.tensor3d(study.train.inputs, study.train.shape);
  const targets = tf.tensor2d(study.train.targets, [study.train.count, 1]);
  const run = train({
    params: () => model.init(seed),
    lossOf: modelLoss(model, sumOfSquares),
    batches: [{ inputs, targets }],
    ...{ optimizer: 'adam', learningRate, steps, seed, signal },
  });
  const losses: number[] = [];
  try {
    for await (const { step, loss } of run) {
      losses.push(loss);
      onStep?.({ step, loss });
    }
    const [recurrentParams, head] = run.params;
    const params = Object.entries(flattenParams({ recurrent: recurrentParams, head }));
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
