import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyCell,
  type Context,
  dense,
  deriveSeed,
  type EmbeddingParams,
  embedding,
  gru,
  lstm,
  paramsFrom,
  stack,
  unroll,
} from '@unrolled/cells';
import { likelihoodParameters } from '@unrolled/losses';
import type { TensorRecord } from '@unrolled/training';
import { quantilesOf, type ResolvedGlobal } from './global-settings';
import type { WindowShape } from './window';

export interface GlobalParams {
  /** Parameters of the stack: recurrent layers, and the dense one. */
  readonly layers: readonly unknown[];
  /** Embeddings of each static category, and last that of the series. */
  readonly embeddings: readonly EmbeddingParams[];
}

const MOST_DIMENSIONS = 16;
/** For counts, in units of the scale: smaller means are almost 0. */
const LEAST_MEAN = 0.01;

/** The dimension of an embedding of `ids` ids. */
const dimensionOf = (ids: number) => Math.min(MOST_DIMENSIONS, Math.ceil(ids / 2));

/** Numbers of ids that are embedded: of each static category, and of the series with `identity`. */
export function idCounts({ categories, series }: WindowShape['columns']): number[] {
  return [...categories.map((values) => values.length), ...(series.length > 0 ? [series.length] : [])];
}

/**
 * Recurrent layers and a dense layer over windows; the embedded categories are an input at each step. The
 * outputs of a step are the P parameters of the forecast distribution, or Q quantiles, and the weights of the
 * K simple forecasts. The location is the weighted mean of these plus an output. The mean of counts is
 * computed in the same way through s = softplus:
 *
 *     location = Σₖ softmax(a)ₖ · candidateₖ + o₁        mean = s(s⁻¹(Σₖ softmax(a)ₖ · candidateₖ) + o₁)
 *
 * The dense layer starts at 0, so before training all candidates have the same weight and nothing is added.
 */
export function globalNetwork(shape: WindowShape, settings: ResolvedGlobal) {
  const { distribution, zeroInflated, units, layers, levels } = settings;
  const tables = idCounts(shape.columns).map((ids) =>
    embedding({ vocabularySize: ids, dimension: dimensionOf(ids) }),
  );
  const quantiles = quantilesOf(levels);
  const parameters =
    distribution === 'quantiles'
      ? quantiles.length
      : likelihoodParameters(distribution) + Number(zeroInflated);
  const make = settings.cell === 'lstm' ? lstm : gru;
  const inputSize = shape.inputSize + tables.reduce((sum, { outputSize }) => sum + outputSize, 0);
  const cells: AnyCell[] = Array.from({ length: layers }, (_, layer) =>
    make({ inputSize: layer === 0 ? inputSize : units, units }),
  );
  const head = dense({
    ...{ inputSize: units, units: parameters + shape.candidates },
    kernelInitializer: 'zeros',
  });
  const recurrent = stack([...cells, head as AnyCell] as unknown as [AnyCell, ...AnyCell[]]);
  const steps = quantileSteps(quantiles);

  return {
    /** Its layers, for export: `layers` reads [B, T, inputs and embeddings]. */
    parts: { layers: recurrent, embeddings: tables },
    /** P, or Q quantiles. */
    parameters,
    quantiles,
    init(seed: number): GlobalParams {
      return {
        layers: recurrent.init(deriveSeed(seed, 0)) as readonly unknown[],
        embeddings: tables.map((table, at) => table.init(deriveSeed(seed, 1 + at))),
      };
    },
    paramsFrom(weights: TensorRecord): GlobalParams {
      return {
        layers: paramsFrom(recurrent, within(weights, 'layers')) as readonly unknown[],
        embeddings: tables.map((table, at) => paramsFrom(table, within(weights, `embeddings.${at}`))),
      };
    },
    /**
     * @param inputs [B, T, I]
     * @param ids int32 [B, T] of each embedding
     * @returns [B, T, P + K] and the state after the last step
     */
    run(
      params: GlobalParams,
      inputs: Tensor3D,
      ids: readonly Tensor2D[],
      options: { initialState?: unknown; context?: Context | undefined } = {},
    ): { output: Tensor3D; state: unknown } {
      const embedded = tables.map((table, at) => unroll(table, params.embeddings[at]!, ids[at]!).output);
      const whole = embedded.length > 0 ? (tf.concat([inputs, ...embedded], 2) as Tensor3D) : inputs;
      return unroll(recurrent, params.layers as never, whole, options as never) as never;
    },
    /**
     * The parameters of the distribution, or the quantiles, which never cross.
     *
     * @param outputs [B, T, P + K]
     * @param candidates [B, T, K]
     */
    forecast(outputs: Tensor3D, candidates: Tensor3D): Tensor3D {
      return tf.tidy(() => {
        const [own, logits] = tf.split(outputs, [parameters, shape.candidates], 2) as [Tensor3D, Tensor3D];
        const weighed = tf.sum(tf.mul(tf.softmax(logits), candidates), 2, true);
        // s⁻¹(x) = ln(eˣ − 1), for arguments far enough above 0.
        const put = shape.ofCounts ? tf.log(tf.expm1(tf.maximum(weighed, LEAST_MEAN))) : weighed;
        if (parameters === 1) return tf.add(own, put) as Tensor3D;
        const [first, rest] = tf.split(own, [1, parameters - 1], 2) as [Tensor3D, Tensor3D];
        const location = tf.add(first, put);
        if (distribution !== 'quantiles') return tf.concat([location, rest], 2) as Tensor3D;
        const flat = tf.reshape(tf.softplus(rest), [-1, parameters - 1]) as Tensor2D;
        const away = tf.matMul(flat, tf.tensor2d(steps, [parameters - 1, parameters]));
        return tf.add(location, tf.reshape(away, own.shape)) as Tensor3D;
      });
    },
  };
}

export type GlobalNetwork = ReturnType<typeof globalNetwork>;

/** The weights whose paths begin with a name, by the rest of the path. */
export function within(weights: TensorRecord, name: string): TensorRecord {
  const own = Object.entries(weights).filter(([path]) => path.startsWith(`${name}.`));
  return Object.fromEntries(own.map(([path, values]) => [path.slice(name.length + 1), values]));
}

/**
 * [Q − 1, Q], from the distances of neighbours to those from the median: row k counts for all quantiles
 * beyond it.
 */
function quantileSteps(quantiles: readonly number[]): Float32Array {
  const count = quantiles.length;
  const median = quantiles.indexOf(0.5);
  const steps = new Float32Array((count - 1) * count);
  for (let k = 0; k < count - 1; k++) {
    for (let q = 0; q < count; q++) {
      if (k >= median && q > k) steps[k * count + q] = 1;
      if (k < median && q <= k) steps[k * count + q] = -1;
    }
  }
  return steps;
}
