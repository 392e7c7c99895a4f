/**
 * Scheduled sampling (Bengio et al., NeurIPS 2015): in training, a decoder reads the true previous id with
 * the probability ε, and otherwise its own prediction. ε falls from 1 during training.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type Cell, deriveSeed, type InputKind, random, stepper } from '@unrolled/cells';
import type { OptionKinds } from '@unrolled/errors';
import { checkModel } from '../check-model';
import { check, checkKind, checkOptions, refuse } from '../refuse';
import { checkSteps } from './initial-state';
import { drawId } from './sampling';
import { checkIds, encode } from './text-model';

/** Ids to read, row-major [B, T], such as those of `teacherForcing` of `@unrolled/data`. */
export interface SampledBatch {
  readonly inputs: ArrayLike<number>;
  /** B. */
  readonly batchSize: number;
  /** T. */
  readonly steps: number;
}

export interface ScheduledSamplingOptions<P, S, K extends InputKind> {
  /** The decoder. Its output [B, V] are logits over the ids that it reads. */
  readonly model: Cell<P, S, K>;
  readonly params: P;
  readonly batch: SampledBatch;
  /** The state before the first step, of B rows; default all zeros. */
  readonly initialState?: NoInfer<S> | undefined;
  /**
   * ε, 0 … 1: the probability that a step reads the true id. With 1 the ids are unchanged, and the model does
   * not run.
   */
  readonly truthRate: number;
  /** The same seed gives the same ids. In `lossOf` pass the context's seed. */
  readonly seed: number;
  /**
   * Temperature of the model's own ids: the logits are divided by it; 0 chooses the most likely id.
   * Default 1.
   */
  readonly temperature?: number;
}

const KINDS: OptionKinds<ScheduledSamplingOptions<object, unknown, InputKind>> = {
  model: 'object',
  params: 'value',
  batch: 'object',
  initialState: 'value?',
  truthRate: 'number',
  seed: 'number',
  temperature: 'number?',
};

/**
 * The ids that a decoder reads in a training step. For each row and each step after the first, this is the
 * true id with probability ε; otherwise an id that is drawn from the model's output after the previous ids.
 * No gradient flows through the draws, so the decoder then unrolls over the ids like any others. Dropout is
 * off for the draws. A row's ids do not depend on the other rows.
 *
 * @returns B·T ids, row by row: `tokenBatch({ ...batch, inputs: scheduledSampling({ batch, … }) })`
 * @throws UnrolledError for an option out of range, an id out of range, a state that does not fit, or a model
 *   that cannot run single steps
 */
export function scheduledSampling<P, S, K extends InputKind = 'vectors'>(
  options: ScheduledSamplingOptions<P, S, K>,
): Int32Array {
  checkSampled(options);
  const { model, params, batch, initialState, truthRate, seed, temperature } = options;
  const { batchSize, steps } = batch;
  const mixed = Int32Array.from(batch.inputs);
  if (truthRate === 1 || steps < 2) return mixed;
  const draws = Array.from({ length: batchSize }, (_, row) => random(deriveSeed(seed, row)));
  offTheTape(() => {
    const rows = stepper<P, S, K>(model, params, { batchSize, state: initialState });
    try {
      for (let step = 1; step < steps; step++) {
        const before = draws.map((_, row) => mixed[row * steps + step - 1]!);
        const logits = rows.step(encode(model, before));
        for (const [row, own] of draws.entries()) {
          if (own.uniform() < truthRate) continue;
          const scores = logits.subarray(row * model.outputSize, (row + 1) * model.outputSize);
          mixed[row * steps + step] = drawId(scores, { temperature, random: own });
        }
      }
    } finally {
      rows.dispose();
    }
  });
  return mixed;
}

/** Runs a function without recording it on the tape of a surrounding gradient. */
function offTheTape(body: () => void): void {
  const op = tf.customGrad((zero) => {
    body();
    return { value: tf.clone(zero as tf.Tensor), gradFunc: (dy: tf.Tensor) => dy };
  });
  tf.tidy(() => void op(tf.scalar(0)));
}

function checkSampled<P, S, K extends InputKind>(options: ScheduledSamplingOptions<P, S, K>): void {
  const scope = 'scheduledSampling';
  checkOptions(scope, options, KINDS as OptionKinds<typeof options>);
  const { model, batch, truthRate, temperature = 1 } = options;
  checkSteps(scope, model);
  checkModel(scope, model);
  const { inputs, batchSize, steps } = batch;
  checkKind(scope, 'inputs', inputs, 'array or typed array');
  checkKind(scope, 'batchSize', batchSize, 'positive integer');
  checkKind(scope, 'steps', steps, 'positive integer');
  if (inputs.length !== batchSize * steps) {
    refuse(scope, {
      expected: `inputs of ${batchSize} rows × ${steps} steps`,
      got: `${inputs.length} ids`,
      remedy: 'pass a batch of teacherForcing',
      code: 'shape',
    });
  }
  checkIds(scope, inputs, model.inputSize, 'the inputs');
  if (model.outputSize > model.inputSize) {
    refuse(scope, {
      expected: `a model that reads every id that it can output, ${model.outputSize}`,
      got: `an input size of ${model.inputSize}`,
      remedy: 'use one vocabulary for input and output',
    });
  }
  check.number(scope, 'truthRate', truthRate, truthRate >= 0 && truthRate <= 1, 'from 0 to 1');
  const isTemperature = temperature >= 0 && temperature < Infinity;
  check.number(scope, 'a temperature', temperature, isTemperature, 'of at least 0');
}

/** ε at a training step; the first step is 1. */
export type TruthRate = (step: number) => number;

export interface LinearTruthRateOptions {
  /** ε of step 1; default 1. */
  readonly initial?: number;
  /** Decrease of ε at each step. */
  readonly slope: number;
  /** The minimum of ε; default 0. */
  readonly least?: number;
}

/** max(least, initial − slope · done), where done is step − 1. A schedule for `truthRate`. */
export function linearTruthRate(options: LinearTruthRateOptions): TruthRate {
  const scope = 'linearTruthRate';
  checkOptions(scope, options, { initial: 'number?', slope: 'number', least: 'number?' });
  const { initial = 1, slope, least = 0 } = options;
  check.number(scope, 'initial', initial, initial >= 0 && initial <= 1, 'from 0 to 1');
  check.number(scope, 'slope', slope, slope >= 0 && slope < Infinity, 'of at least 0');
  check.number(scope, 'least', least, least >= 0 && least <= initial, 'from 0 to initial');
  return ofSteps(scope, (done) => Math.max(least, initial - slope * done));
}

/** base^done, where done is step − 1. The base is in (0, 1), such as 0.999. */
export function exponentialTruthRate(options: { readonly base: number }): TruthRate {
  const scope = 'exponentialTruthRate';
  checkOptions(scope, options, { base: 'number' });
  const { base } = options;
  check.number(scope, 'base', base, base > 0 && base < 1, 'in (0, 1)');
  return ofSteps(scope, (done) => base ** done);
}

/**
 * k / (k + exp(done / k)), where done is step − 1: near 1 at first, one half after k · ln k steps. k must be
 * at least 1.
 */
export function inverseSigmoidTruthRate(options: { readonly k: number }): TruthRate {
  const scope = 'inverseSigmoidTruthRate';
  checkOptions(scope, options, { k: 'number' });
  const { k } = options;
  check.number(scope, 'k', k, k >= 1 && k < Infinity, 'of at least 1');
  return ofSteps(scope, (done) => k / (k + Math.exp(done / k)));
}

function ofSteps(scope: string, rate: (done: number) => number): TruthRate {
  return (step) => {
    checkKind(scope, 'step', step, 'positive integer');
    return rate(step - 1);
  };
}
