/**
 * A peer in training: jax-js on its WebAssembly device. It has no LSTM and no scan, so the layers are written
 * out, as its users write them: one product of the inputs of all steps, then a loop over the steps. The whole
 * step, with Adam's update, is under one `jit`. jax-js counts references to arrays: a call takes over its
 * arguments, and `ref` keeps another reference.
 */
import * as jax from '@jax-js/jax';
import { type BatchValues, uniform } from '../inputs';
import type { TrainingWorkload } from '../workloads';
import { type Engine, EngineUnavailable, type Runner } from './engine';

const { numpy: np, nn } = jax;
type Values = jax.Array;

const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8];

/** One thread: jax-js starts more only if there is a global `Worker`, which Node lacks. */
export async function jaxJsEngine(): Promise<Engine> {
  await jax.init('wasm');
  jax.defaultDevice('wasm');
  return {
    description: 'jax-js 0.1.25 on wasm, the whole step in one jit',
    training,
    sampling: () => Promise.reject(new EngineUnavailable('it is measured only in training')),
  };
}

async function training(workload: TrainingWorkload, batch: BatchValues, rate: number): Promise<Runner> {
  const { cell, inputSize, outputSize, output, batchSize, timeSteps } = workload;
  if (cell !== 'lstm' || output !== 'every step')
    throw new EngineUnavailable('only the LSTMs over characters are written for it');
  const x = oneHot(batch.inputs, batchSize, timeSteps, inputSize);
  const y = oneHot(batch.targets, batchSize, timeSteps, outputSize).reshape([
    timeSteps * batchSize,
    outputSize,
  ]);
  let params = initialParams(workload);
  let means = params.map(({ shape }) => np.zeros(shape));
  let squares = params.map(({ shape }) => np.zeros(shape));
  const parameters = params.reduce((count, { size }) => count + size, 0);
  const update = jax.jit(stepOf(workload));
  let step = 0;
  return {
    parameters,
    async run(iterations) {
      let loss = Number.NaN;
      for (let i = 0; i < iterations; i++) {
        step++;
        const corrected = np.array((rate * Math.sqrt(1 - BETA2 ** step)) / (1 - BETA1 ** step));
        const after = update(params, means, squares, x.ref, y.ref, corrected);
        ({ params, means, squares } = after);
        loss = (await after.loss.jsAsync()) as number;
      }
      return loss;
    },
  };
}

/**
 * The parameters in order: kernel, recurrent kernel and bias of each layer, then the dense layer's kernel and
 * bias.
 */
function initialParams({ layers, units, inputSize, outputSize }: TrainingWorkload): Values[] {
  const draw = uniform(20);
  const random = (rows: number, columns: number) => {
    const limit = 1 / Math.sqrt(units);
    const values = Float32Array.from({ length: rows * columns }, () => (2 * draw() - 1) * limit);
    return np.array(values).reshape([rows, columns]);
  };
  const recurrent = Array.from({ length: layers }, (_, n) => [
    random(n === 0 ? inputSize : units, 4 * units),
    random(units, 4 * units),
    np.zeros([4 * units]),
  ]);
  return [...recurrent.flat(), random(units, outputSize), np.zeros([outputSize])];
}

/** A step as a function of arrays: loss, gradients, Adam's update. */
function stepOf(workload: TrainingWorkload) {
  const lossAndGradients = jax.valueAndGrad((params: Values[], x: Values, y: Values) =>
    lossOf(workload, params, x, y),
  );
  return (params: Values[], means: Values[], squares: Values[], x: Values, y: Values, rate: Values) => {
    const [loss, gradients] = lossAndGradients(
      params.map((p) => p.ref),
      x,
      y,
    );
    const after = { loss, params: [] as Values[], means: [] as Values[], squares: [] as Values[] };
    params.forEach((p, n) => {
      const g = gradients[n]!;
      const mean = means[n]!.mul(BETA1).add(g.ref.mul(1 - BETA1));
      const square = squares[n]!.mul(BETA2).add(g.ref.mul(g).mul(1 - BETA2));
      after.params.push(p.sub(rate.ref.mul(mean.ref).div(np.sqrt(square.ref).add(EPSILON))));
      after.means.push(mean);
      after.squares.push(square);
    });
    rate.dispose();
    return after;
  };
}

/** x [T,B,I], y [T·B,O]. */
function lossOf({ layers, units }: TrainingWorkload, params: Values[], x: Values, y: Values): Values {
  const [time, batch] = x.shape as [number, number, number];
  let sequence = x;
  for (let n = 0; n < layers; n++) sequence = lstmOver(sequence, params.slice(3 * n, 3 * n + 3), units);
  const [kernel, bias] = params.slice(3 * layers) as [Values, Values];
  const logits = np.matmul(sequence.reshape([time * batch, units]), kernel).add(bias);
  return nn
    .logSoftmax(logits)
    .mul(y)
    .sum()
    .mul(-1 / (time * batch));
}

/** [T,B,I] → [T,B,H]; gates i f g o. */
function lstmOver(x: Values, params: Values[], units: number): Values {
  const [kernel, recurrentKernel, bias] = params as [Values, Values, Values];
  const [time, batch, size] = x.shape as [number, number, number];
  const shares = np
    .matmul(x.reshape([time * batch, size]), kernel)
    .add(bias)
    .reshape([time, batch, 4 * units]);
  let h = np.zeros([batch, units]);
  let c = np.zeros([batch, units]);
  const outputs: Values[] = [];
  for (let t = 0; t < time; t++) {
    const gates = shares.ref.slice(t).add(np.matmul(h, recurrentKernel.ref));
    const gate = (n: number) => gates.ref.slice([], [n * units, (n + 1) * units]);
    const kept = nn.sigmoid(gate(1)).mul(c);
    c = kept.add(nn.sigmoid(gate(0)).mul(np.tanh(gate(2))));
    h = nn.sigmoid(gate(3)).mul(np.tanh(c.ref));
    gates.dispose();
    outputs.push(h.ref);
  }
  for (const used of [h, c, shares, recurrentKernel]) used.dispose();
  return np.stack(outputs);
}

/** Ids [B,T] as vectors [T,B,size]. */
function oneHot(ids: readonly number[], batch: number, time: number, size: number): Values {
  const values = new Float32Array(batch * time * size);
  for (const [place, id] of ids.entries()) {
    const [b, t] = [Math.floor(place / time), place % time];
    values[(t * batch + b) * size + id] = 1;
  }
  return np.array(values).reshape([time, batch, size]);
}
