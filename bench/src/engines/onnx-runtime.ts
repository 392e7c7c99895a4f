/**
 * A peer in sampling: onnxruntime-node on our ONNX export. Each call computes one character, with the states
 * passed in and returned. Softmax and the draw are in JavaScript.
 */
import * as tf from '@tensorflow/tfjs-core';
import { disposeTree, flattenParams } from '@unrolled/cells';
import { toOnnx } from '@unrolled/interop';
import * as ort from 'onnxruntime-node';
import type { SamplingWorkload } from '../workloads';
import { drawFrom } from './draw';
import { type Engine, EngineUnavailable, type Runner } from './engine';
import { characterModel, countParameters, SEED } from './unrolled';

export async function onnxRuntimeEngine(threads: number): Promise<Engine> {
  await tf.setBackend('cpu');
  return {
    description: `onnxruntime-node ${ort.env.versions.node ?? ''} on its CPU provider, ${threads} threads`,
    training: () => Promise.reject(new EngineUnavailable('onnxruntime-node does not train')),
    sampling: (workload) => sampling(workload, threads),
  };
}

async function sampling(workload: SamplingWorkload, threads: number): Promise<Runner> {
  const model = characterModel(workload);
  const params = model.init(SEED);
  const parameters = countParameters(params);
  const zeros = model.zeroState(1);
  const shapes = Object.entries(flattenParams(zeros)).map(([path, { shape, size }]) => ({
    path,
    shape,
    size,
  }));
  const session = await ort.InferenceSession.create(toOnnx(model, params, { state: true }), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
  });
  disposeTree(params);
  disposeTree(zeros);
  let state = Object.fromEntries(
    shapes.map(({ path, shape, size }) => [path, new ort.Tensor('float32', new Float32Array(size), shape)]),
  ) as Record<string, ort.Tensor>;
  let character = 0;
  return {
    parameters,
    async run(iterations) {
      for (let i = 0; i < iterations; i++) {
        const feeds: Record<string, ort.Tensor> = {
          input: new ort.Tensor('int64', BigInt64Array.of(BigInt(character)), [1, 1]),
        };
        for (const { path } of shapes) feeds[`initial_state.${path}`] = state[path]!;
        const results = await session.run(feeds);
        state = Object.fromEntries(shapes.map(({ path }) => [path, results[`final_state.${path}`]!]));
        character = drawFrom(softmax(results.output!.data as Float32Array), Math.random());
      }
      return null;
    },
  };
}

function softmax(logits: Float32Array): Float32Array {
  const most = logits.reduce((a, b) => Math.max(a, b));
  const weights = logits.map((logit) => Math.exp(logit - most));
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / sum);
}
