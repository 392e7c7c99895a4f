import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyCell,
  type Cell,
  type Context,
  type DenseParams,
  dense,
  deriveSeed,
  dropout as dropoutPart,
  type HiddenState,
  type NoState,
  paramsFrom,
  recurrentCells,
  stack,
  unroll,
} from '@unrolled/cells';
import type { OptionKinds } from '@unrolled/errors';
import type { TensorRecord } from '@unrolled/training';
import { checkKind, checkOptions, refuse } from '../refuse';
import type { Architecture } from '../settings/settings';

/** The weights of a network. */
export interface NetworkParams {
  /** Parameters of the stack, one entry for each part. */
  readonly recurrent: readonly unknown[];
  readonly head: DenseParams;
  readonly linear: DenseParams;
}

/** The names of a network's parts in its parameters. */
export const PARTS = ['recurrent', 'head', 'linear'] as const;

/** Windows [B, T, I] → scaled changes [B, O]. */
export interface Network {
  /** Its layers, for export. */
  readonly parts: NetworkParts;
  /** @param linear [T·I, O], the linear layer's kernel before training; default 0 */
  init(seed: number, linear?: Float32Array): NetworkParams;
  /**
   * Creates tensors from weights by path. The caller disposes them.
   *
   * @throws UnrolledError with code 'shape' if the weights are those of another network
   */
  paramsFrom(weights: TensorRecord): NetworkParams;
  forecast(params: NetworkParams, windows: Tensor3D, context?: Context): Tensor2D;
}

export interface NetworkParts {
  readonly recurrent: AnyCell;
  readonly head: Cell<DenseParams, NoState>;
  readonly linear: Cell<DenseParams, NoState>;
}

export interface NetworkShape {
  readonly architecture: Architecture;
  /** T, rows of a window. */
  readonly window: number;
  /** I, columns of a row. */
  readonly inputSize: number;
  /** [O], each output before training. */
  readonly start: readonly number[];
}

const PARAMS_KINDS: OptionKinds<NetworkParams> = { recurrent: 'array', head: 'object', linear: 'object' };

const ARCHITECTURE_KINDS: OptionKinds<Architecture> = {
  cell: "'lstm', 'gru' or 'rnn'",
  layers: 'positive integer',
  units: 'positive integer',
  dropout: 'number',
};

const KINDS: OptionKinds<NetworkShape> = {
  architecture: 'object',
  window: 'positive integer',
  inputSize: 'positive integer',
  start: 'array',
};

/**
 * Recurrent layers with a dense layer on their output at the last row, and in parallel a linear layer on the
 * whole window, the autoregressive highway of LSTNet (Lai et al., 2018). The linear layer learns a linear
 * dependence in a few epochs, and the recurrent layers learn the rest.
 *
 *     ŷ = head(rnn(x₁ … x_T)) + linear(x₁ … x_T)
 *
 * The head's kernel starts at 0 and its bias at `start`. The linear layer starts at the least-squares
 * autoregression of the training rows. Training keeps other weights only if they improve the loss.
 */
export function buildNetwork(options: NetworkShape): Network {
  checkOptions('buildNetwork', options, KINDS, true);
  const { architecture, window, inputSize, start } = options;
  checkOptions('buildNetwork', architecture, ARCHITECTURE_KINDS, true);
  const { cell, layers, units, dropout } = architecture;
  const drop = dropoutPart({ size: units, rate: dropout });
  const cells: AnyCell[] = [];
  for (let layer = 0; layer < layers; layer++) {
    if (layer > 0 && dropout > 0) cells.push(drop);
    cells.push(recurrentCells[cell]({ inputSize: layer === 0 ? inputSize : units, units }));
  }
  const recurrent = stack(cells as [AnyCell, ...AnyCell[]]);
  const output = { units: start.length, kernelInitializer: 'zeros' } as const;
  const head = dense({ ...output, inputSize: units, biasInitializer: () => Float32Array.from(start) });
  const linear = dense({ ...output, inputSize: window * inputSize, useBias: false });
  return {
    parts: { recurrent, head, linear },
    init(seed, kernel) {
      checkKind('init', 'seed', seed, 'number');
      checkKind('init', 'linear', kernel, 'Float32Array?');
      const size = window * inputSize * start.length;
      if (kernel && kernel.length !== size) {
        const remedy = 'pass one row for each number of a window';
        refuse('init', { expected: `a linear kernel of ${size}`, got: String(kernel.length), remedy });
      }
      return {
        recurrent: recurrent.init(deriveSeed(seed, 0)),
        head: head.init(deriveSeed(seed, 1)),
        linear: kernel
          ? { kernel: tf.tensor2d(kernel, [window * inputSize, start.length]) }
          : linear.init(deriveSeed(seed, 2)),
      };
    },
    paramsFrom(weights) {
      checkKind('paramsFrom', 'weights', weights, 'object');
      return {
        recurrent: paramsFrom(recurrent, weightsOf(weights, 'recurrent')) as readonly unknown[],
        head: paramsFrom(head, weightsOf(weights, 'head')),
        linear: paramsFrom(linear, weightsOf(weights, 'linear')),
      };
    },
    forecast(params, windows, context) {
      checkOptions('forecast', params, PARAMS_KINDS, true);
      return tf.tidy(() => {
        const { state } = unroll(recurrent, params.recurrent as never, windows, { context });
        // All windows have one length, so the top layer's final state is its output at the last row.
        const { h } = (state as unknown as HiddenState[]).at(-1)!; // [B, H]
        const seen = drop.step({}, h, {}, context && { ...context, time: window }).output; // [B, H]
        const deep = head.step(params.head, seen, {}).output; // [B, O]
        const flat = tf.reshape(windows, [windows.shape[0], window * inputSize]) as Tensor2D; // [B, T·I]
        return tf.add(deep, linear.step(params.linear, flat, {}).output) as Tensor2D;
      });
    },
  };
}

/** The weights of one part, by their paths in the part. */
export function weightsOf(weights: TensorRecord, part: keyof NetworkParts): TensorRecord {
  const prefix = `${part}.`;
  return Object.fromEntries(
    Object.entries(weights)
      .filter(([path]) => path.startsWith(prefix))
      .map(([path, values]) => [path.slice(prefix.length), values]),
  );
}
