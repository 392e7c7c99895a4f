/** Draws an id from logits. */
import type { Random } from '@unrolled/cells';
import { inWords, type OptionKinds } from '@unrolled/errors';
import { check, checkKind, checkOptions, refuse } from '../refuse';
import { keepMinP, keepTopK, keepTopP, sumOf } from './sampling-filters';

/** Options of a draw from logits. The temperature applies first, then the filters in this order. */
export interface DrawOptions {
  /** The logits are divided by it: below 1 more conservative, above 1 more random, 0 greedy; default 1. */
  readonly temperature?: number;
  /** Draws from the k most likely ids, k at least 1; of equally likely ids the first. Default all. */
  readonly topK?: number;
  /**
   * Draws from the most likely ids whose probabilities together reach this value (nucleus), in (0, 1];
   * default 1.
   */
  readonly topP?: number;
  /** Draws from ids with at least this share of the highest probability, 0 … 1; default 0. */
  readonly minP?: number;
}

export const DRAW_KINDS: OptionKinds<DrawOptions> = {
  temperature: 'number?',
  topK: 'positive integer?',
  topP: 'number?',
  minP: 'number?',
};

export interface SampleOptions extends DrawOptions {
  /** The source of random numbers, such as `random(seed)` of `@unrolled/cells`. */
  readonly random: Pick<Random, 'uniform'>;
}

/**
 * The id of the largest logit; of equal logits the first.
 *
 * @throws UnrolledError if there is no logit, or one is NaN
 */
export function greedy(logits: ArrayLike<number>): number {
  checkLogits('greedy', logits);
  return largestOf(logits);
}

/** The same as {@link greedy}, without checks of the logits. */
export function largestOf(logits: ArrayLike<number>): number {
  let best = -1;
  let largest = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id]!;
    if (Number.isNaN(logit)) refuseLogits('greedy', `NaN at ${id}`);
    if (best < 0 || logit > largest) {
      best = id;
      largest = logit;
    }
  }
  return best < 0 ? refuseLogits('greedy', 'none') : best;
}

/**
 * Draws an id with probability softmax(logits / temperature) from the ids that the filters keep. Each call
 * takes one uniform random number. A logit of −Infinity is never drawn. A filter that keeps all ids does not
 * change the draw.
 *
 * @throws UnrolledError if an option is out of range, there is no logit, or none is finite
 */
export function sampleFromLogits(logits: ArrayLike<number>, options: SampleOptions): number {
  checkLogits('sampleFromLogits', logits);
  checkOptions<SampleOptions>('sampleFromLogits', options, { ...DRAW_KINDS, random: 'object' });
  checkKind('sampleFromLogits', 'random.uniform', options.random.uniform, 'function');
  checkDrawOptions('sampleFromLogits', options);
  return drawId(logits, options);
}

/** The same as {@link sampleFromLogits}, without checks of the options. */
export function drawId(logits: ArrayLike<number>, options: SampleOptions): number {
  const { temperature = 1, topK, topP, minP, random } = options;
  const best = largestOf(logits);
  const largest = logits[best]!;
  if (!Number.isFinite(largest)) refuseLogits('sampleFromLogits', `${largest} as the largest`);
  if (temperature === 0) return best;
  const weights = new Float64Array(logits.length);
  for (let id = 0; id < weights.length; id++) weights[id] = Math.exp((logits[id]! - largest) / temperature);
  if (topK !== undefined) keepTopK(weights, topK);
  if (topP !== undefined) keepTopP(weights, topP);
  if (minP !== undefined) keepMinP(weights, minP);
  let left = random.uniform() * sumOf(weights);
  for (let id = 0; id < weights.length; id++) {
    left -= weights[id]!;
    if (left < 0) return id;
  }
  return best; // Rounding can leave a small remainder of the total.
}

/** @throws UnrolledError if an option is out of range */
export function checkDrawOptions(scope: string, options: DrawOptions): void {
  const { temperature = 1, topK, topP = 1, minP = 0 } = options;
  const isTemperature = temperature >= 0 && temperature < Infinity;
  check.number(scope, 'a temperature', temperature, isTemperature, 'of at least 0');
  if (topK !== undefined) check.count(scope, 'topK', topK);
  check.number(scope, 'topP', topP, topP > 0 && topP <= 1, 'above 0 and at most 1');
  check.number(scope, 'minP', minP, minP >= 0 && minP <= 1, 'from 0 to 1');
}

function checkLogits(scope: string, logits: ArrayLike<number>): void {
  checkKind(scope, 'logits', logits, 'array or typed array');
  if (Array.isArray(logits))
    for (const logit of logits) if (typeof logit !== 'number') refuseLogits(scope, inWords(logit));
}

function refuseLogits(scope: string, got: string): never {
  refuse(scope, {
    expected: 'logits, at least one finite and none NaN',
    got,
    remedy: 'check the data and the inputs for values that are not finite',
    code: 'not-finite',
  });
}
