/**
 * The closest peer: `@tensorflow/tfjs` and its layers API, used as in its own character example. It has dense
 * one-hot inputs and targets, because sparse ones need an op that the wasm backend lacks. It trains with
 * `trainOnBatch` and samples with a stateful copy. On the backend `unrolled` the same models are accelerated;
 * their owner would add only that one line.
 */
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs';
import { useUnrolledBackend } from '@unrolled/kernels';
import { accelerate } from '@unrolled/kernels/tf-layers';
import type { BatchValues } from '../inputs';
import type { LayersWorkload, SamplingWorkload, TrainingWorkload } from '../workloads';
import { drawFrom } from './draw';
import { type Engine, EngineUnavailable, type Runner } from './engine';
import { loadTensorFlow } from './tensorflow';

export type TfjsLayersBackend = 'cpu' | 'wasm' | 'unrolled' | 'tensorflow';

/** @param threads the threads of the backend `unrolled` */
export async function tfjsLayersEngine(backend: TfjsLayersBackend, threads: number): Promise<Engine> {
  tf.enableProdMode();
  if (backend === 'wasm') {
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
    setWasmPaths(
      createRequire(import.meta.url)
        .resolve('@tensorflow/tfjs-backend-wasm')
        .replace(/[^/\\]+$/, ''),
    );
  }
  if (backend === 'tensorflow') loadTensorFlow();
  if (backend === 'unrolled') await useUnrolledBackend({ threads });
  if (!(await tf.setBackend(backend))) throw new EngineUnavailable(`tfjs has no backend '${backend}' here`);
  await tf.ready();
  return { description: `tfjs-layers ${tf.version.tfjs} on ${tf.getBackend()}`, training, sampling };
}

async function training(
  workload: TrainingWorkload,
  batch: BatchValues,
  learningRate: number,
): Promise<Runner> {
  const { batchSize, timeSteps, inputSize, outputSize, output } = workload;
  const everyStep = output === 'every step';
  const model = tf.sequential();
  addRecurrentLayers(model, workload, { inputShape: [timeSteps, inputSize] }, everyStep);
  model.add(tf.layers.dense({ units: outputSize, activation: everyStep ? 'softmax' : 'linear' }));
  model.compile({
    optimizer: tf.train.adam(learningRate),
    loss: everyStep
      ? 'categoricalCrossentropy'
      : (y, predicted) => tf.sum(tf.squaredDifference(y, predicted)),
  });
  const x = everyStep
    ? oneHot(batch.inputs, [batchSize, timeSteps, inputSize])
    : tf.tensor3d(batch.inputs, [batchSize, timeSteps, inputSize]);
  const y = everyStep
    ? oneHot(batch.targets, [batchSize, timeSteps, outputSize])
    : tf.tensor2d(batch.targets, [batchSize, 1]);
  return {
    parameters: model.countParams(),
    async run(iterations) {
      let loss: number | number[] = Number.NaN;
      for (let i = 0; i < iterations; i++) loss = await model.trainOnBatch(x, y);
      return Array.isArray(loss) ? loss[0]! : loss;
    },
  };
}

async function sampling(workload: SamplingWorkload): Promise<Runner> {
  const { inputSize, outputSize } = workload;
  const model = tf.sequential();
  addRecurrentLayers(model, workload, { batchInputShape: [1, 1, inputSize], stateful: true }, false);
  model.add(tf.layers.dense({ units: outputSize, activation: 'softmax' }));
  const input = new Float32Array(inputSize);
  let character = 0;
  return {
    parameters: model.countParams(),
    async run(iterations) {
      for (let i = 0; i < iterations; i++) {
        input.fill(0)[character] = 1;
        const probabilities = tf.tidy(() =>
          (model.predict(tf.tensor3d(input, [1, 1, inputSize])) as tf.Tensor).dataSync<'float32'>(),
        );
        character = drawFrom(probabilities, Math.random());
      }
      return null;
    },
  };
}

type FirstLayer = { inputShape: number[] } | { batchInputShape: number[]; stateful: true };

/** The GRU is reset-before, the only variant of tfjs-layers. */
function addRecurrentLayers(
  model: tf.Sequential,
  { cell, layers, units }: LayersWorkload,
  first: FirstLayer,
  everyStep: boolean,
): void {
  if (cell !== 'lstm' && cell !== 'gru') throw new Error('tfjs-layers has no minGRU');
  for (let layer = 0; layer < layers; layer++) {
    const options = {
      ...(layer === 0 ? first : {}),
      ...('stateful' in first ? { stateful: true } : {}),
      units,
      // tfjs-layers' default is piecewise linear, which no other engine here computes.
      recurrentActivation: 'sigmoid' as const,
      // The orthogonal default takes minutes to initialise 512 units. The initializer does not change the
      // time of a step.
      recurrentInitializer: 'glorotUniform' as const,
      returnSequences: everyStep || layer < layers - 1,
    };
    model.add(cell === 'lstm' ? tf.layers.lstm(options) : tf.layers.gru(options));
  }
  if (tf.getBackend() === 'unrolled') accelerate(model);
}

function oneHot(ids: number[], [batchSize, timeSteps, size]: [number, number, number]): tf.Tensor3D {
  const values = new Float32Array(ids.length * size);
  for (const [position, id] of ids.entries()) values[position * size + id] = 1;
  return tf.tensor3d(values, [batchSize, timeSteps, size]);
}
