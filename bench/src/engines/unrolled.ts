/** Our engine, with the built packages: the same few lines on every backend. */
import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyCell,
  type Cell,
  dense,
  flattenParams,
  gru,
  lastOutput,
  lstm,
  minGru,
  type ParamsOf,
  stack,
} from '@unrolled/cells';
import {
  createSampler,
  layerType,
  type SamplerModel,
  unrolledBackendInfo,
  useUnrolledBackend,
} from '@unrolled/kernels';
import { sequenceLoss, sumOfSquares } from '@unrolled/losses';
import { generate, type LossOf, modelLoss, type TensorBatch, train } from '@unrolled/training';
import type { BatchValues } from '../inputs';
import { type LayersWorkload, layersOf, type SamplingWorkload, type TrainingWorkload } from '../workloads';
import { type Engine, EngineUnavailable, type Runner } from './engine';
import { ownMinGru } from './own-min-gru';
import { loadTensorFlow } from './tensorflow';
import { runTask } from './unrolled-tasks';

export const SEED = 20;
const OPTIONS = {
  unrolled: { executor: 'webassembly', binary: 'plain' },
  'unrolled-relaxed': { executor: 'webassembly', binary: 'relaxed' },
  'unrolled-native': { executor: 'native', binary: 'auto' },
} as const;

/** The options of `unrolledEngine`. */
export type UnrolledName = keyof typeof OPTIONS | 'cpu' | 'tensorflow';

export async function unrolledEngine(name: UnrolledName, threads: number): Promise<Engine> {
  tf.enableProdMode();
  if (name === 'cpu' || name === 'tensorflow') {
    if (name === 'tensorflow') loadTensorFlow();
    if (!(await tf.setBackend(name))) throw new EngineUnavailable(`tfjs has no backend '${name}' here`);
    return { description: `unrolled on tfjs ${tf.version_core} ${name}`, training, sampling, task: runTask };
  }
  try {
    await useUnrolledBackend({ threads, ...OPTIONS[name] });
  } catch (error) {
    throw new EngineUnavailable((error as Error).message);
  }
  const { binary, executor, threads: started } = unrolledBackendInfo()!;
  if (started !== threads) throw new EngineUnavailable(`expected ${threads} threads, got ${started}`);
  const how = executor.name === 'native' ? `native ${executor.reason}` : `${binary} SIMD`;
  return { description: `unrolled, ${how}`, training, sampling, task: runTask, product };
}

type AnyRecurrent = Cell<unknown, unknown, 'ids' | 'vectors'>;

function recurrentLayers({ cell, layers, units, inputSize, inputKind }: LayersWorkload): AnyRecurrent[] {
  const make = { lstm, gru, minGru, ownMinGru }[cell];
  return Array.from(
    { length: layers },
    (_, layer) =>
      (layer === 0
        ? make({ inputSize, units, inputKind })
        : make({ inputSize: units, units })) as unknown as AnyRecurrent,
  );
}

/** Recurrent layers and a dense layer. */
export function characterModel(workload: LayersWorkload): Cell<unknown[], unknown[], 'ids'> {
  const head = dense({ inputSize: workload.units, units: workload.outputSize });
  return stack([...recurrentLayers(workload), head] as unknown as [AnyCell]) as never;
}

async function training(
  workload: TrainingWorkload,
  batch: BatchValues,
  learningRate: number,
): Promise<Runner> {
  return workload.output === 'every step'
    ? trainer(everyStep(workload, batch), learningRate)
    : trainer(lastStep(workload, batch), learningRate);
}

interface Problem<P> {
  params: P;
  lossOf: LossOf<P, TensorBatch>;
  batch: TensorBatch;
}

function trainer<P>({ params, lossOf, batch }: Problem<P>, learningRate: number): Runner {
  const run = train<P, TensorBatch>({
    params,
    lossOf,
    batches: { length: Number.MAX_SAFE_INTEGER, at: () => batch },
    optimizer: 'adam',
    learningRate,
    steps: Number.POSITIVE_INFINITY,
    seed: SEED,
  });
  const steps = run[Symbol.asyncIterator]();
  return {
    parameters: countParameters(params),
    async run(iterations) {
      let loss = Number.NaN;
      for (let i = 0; i < iterations; i++) loss = (await steps.next()).value!.loss;
      return loss;
    },
  };
}

function everyStep(workload: TrainingWorkload, batch: BatchValues) {
  const shape: [number, number] = [workload.batchSize, workload.timeSteps];
  const inputs = tf.tensor2d(batch.inputs, shape, 'int32');
  const targets = tf.tensor2d(batch.targets, shape, 'int32');
  const model = characterModel(workload);
  return {
    params: model.init(SEED),
    lossOf: modelLoss(model, sequenceLoss) as unknown as LossOf<unknown[], TensorBatch>,
    batch: { inputs, targets },
  };
}

function lastStep(workload: TrainingWorkload, batch: BatchValues) {
  const { batchSize, timeSteps, inputSize, units, outputSize } = workload;
  const inputs = tf.tensor3d(batch.inputs, [batchSize, timeSteps, inputSize]);
  const targets = tf.tensor2d(batch.targets, [batchSize, outputSize]);
  const body = lastOutput(stack(recurrentLayers(workload) as unknown as [Cell<unknown, unknown>]));
  const head = dense({ inputSize: units, units: outputSize });
  const model = stack([body, head]);
  return {
    params: [body.init(SEED), head.init(SEED)] as ParamsOf<typeof model>,
    lossOf: modelLoss(model, sumOfSquares) as unknown as LossOf<ParamsOf<typeof model>, TensorBatch>,
    batch: { inputs, targets },
  };
}

/**
 * On `unrolled` it uses the sampling kernel, which draws many characters in one call; on other backends the
 * general `generate`.
 */
async function sampling(workload: SamplingWorkload): Promise<Runner> {
  const model = characterModel(workload);
  const params = model.init(SEED);
  const parameters = countParameters(params);
  if (tf.getBackend() !== 'unrolled') {
    const options = { model, params, prime: [0], length: Number.POSITIVE_INFINITY, seed: SEED };
    const characters = generate(options);
    return {
      parameters,
      async run(iterations) {
        for (let i = 0; i < iterations; i++) characters.next();
        return null;
      },
    };
  }
  const sampler = createSampler(samplerModel(workload, params));
  sampler.sample(1, { prime: [0] });
  return {
    parameters,
    async run(iterations) {
      sampler.sample(iterations);
      return null;
    },
  };
}

function samplerModel(workload: SamplingWorkload, params: unknown): SamplerModel {
  const weights = flattenParams(params);
  const layers = layersOf(workload).map((layer, index) => {
    const names = Object.keys(layerType(layer).parameters(layer));
    const values = names.map((name) => [name, weights[`${index}.${name}`]!.dataSync<'float32'>()]);
    return { layer, params: Object.fromEntries(values) as Record<string, Float32Array> };
  });
  return { layers, seed: SEED };
}

/** The packed matrix product that the backend's `matMul` uses. */
function product(size: number): () => void {
  const a = tf.randomUniform([size, size]) as tf.Tensor2D;
  const b = tf.randomUniform([size, size]) as tf.Tensor2D;
  return () => tf.matMul(a, b).dispose();
}

export function countParameters(params: unknown): number {
  return Object.values(flattenParams(params)).reduce((count, { size }) => count + size, 0);
}
