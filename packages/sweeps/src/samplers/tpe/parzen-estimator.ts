/**
 * Parzen estimators as the tree-structured estimator of Bergstra et al. (Algorithms for hyper-parameter
 * optimization, 2011) has them, in the form of Optuna 5 (Watanabe, Tree-structured Parzen estimator, 2023):
 * one kernel for each trial, and one for the prior.
 */
import { clamped, type Dimension, type NumberDimension, type ParameterValue, stepOf } from '../../space';
import { drawIndex } from '../draws';
import { logDensity, logMass } from './normal';

/** A density over values of one or several dimensions: a weighted sum of products of kernels. */
export interface ParzenEstimator {
  /** Weights of the kernels, summing to 1; the last is the prior's. */
  readonly weights: readonly number[];
  /** The kernels of each dimension. */
  readonly kernels: readonly Kernels[];
  /** The logarithm of the density at one value a dimension; of `log` dimensions over the logarithm. */
  logDensity(values: readonly ParameterValue[]): number;
  /** One value a dimension, by draws of [0, 1). */
  draw(draw: () => number): ParameterValue[];
}

/** One dimension's part of every kernel. */
export interface Kernels {
  /**
   * Centres and widths of the kernels, for `log` dimensions as logarithms; for a choice neither.
   */
  readonly centres?: readonly number[];
  readonly widths?: readonly number[];
  logDensity(kernel: number, value: ParameterValue): number;
  draw(kernel: number, draw: () => number): ParameterValue;
}

/** @param observed of each dimension the values of the trials, oldest first */
export function parzenEstimator(
  dimensions: readonly Dimension[],
  observed: readonly (readonly ParameterValue[])[],
  priorWeight: number,
): ParzenEstimator {
  const count = observed[0]!.length;
  const raw = count === 0 ? [1] : [...trialWeights(count), priorWeight];
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  const weights = raw.map((weight) => weight / total);
  const kernels = dimensions.map((dimension, index) =>
    dimension.kind === 'choice'
      ? choiceKernels(dimension.values, observed[index]!, priorWeight)
      : numberKernels(dimension, observed[index] as readonly number[]),
  );
  return {
    weights,
    kernels,
    logDensity(values) {
      const logs = weights.map((weight, kernel) =>
        kernels.reduce((sum, one, index) => sum + one.logDensity(kernel, values[index]!), Math.log(weight)),
      );
      const highest = logs.reduce((a, b) => Math.max(a, b));
      if (highest === Number.NEGATIVE_INFINITY) return highest;
      return highest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - highest), 0));
    },
    draw(draw) {
      const kernel = drawIndex(weights, draw());
      return kernels.map((one) => one.draw(kernel, draw));
    },
  };
}

/** 1 for the newest 25 trials; older ones fade to 1/n in equal steps. */
function trialWeights(count: number): number[] {
  const fading = Math.max(0, count - 25);
  return Array.from({ length: count }, (_, index) => {
    if (index >= fading) return 1;
    return fading === 1 ? 1 / count : 1 / count + (index * (1 - 1 / count)) / (fading - 1);
  });
}

/** Each trial's kernel says its own value, softened by the prior weight over all values. */
function choiceKernels(
  values: readonly ParameterValue[],
  observed: readonly ParameterValue[],
  priorWeight: number,
): Kernels {
  const count = observed.length + 1;
  const soft = priorWeight / count;
  const total = soft * values.length;
  const shares = observed.map((seen) =>
    values.map((value) => (soft + (value === seen ? 1 : 0)) / (total + 1)),
  );
  shares.push(values.map(() => 1 / values.length));
  return {
    logDensity: (kernel, value) => Math.log(shares[kernel]![values.indexOf(value)]!),
    draw: (kernel, draw) => values[drawIndex(shares[kernel]!, draw())]!,
  };
}

/**
 * A normal distribution around each trial, truncated at the ends of the range, as wide as the distance of the
 * farther neighbour.
 */
function numberKernels(dimension: NumberDimension, observed: readonly number[]): Kernels {
  const step = stepOf(dimension);
  const half = (step ?? 0) / 2;
  const scaled = dimension.log ? Math.log : (value: number) => value;
  const [low, high] = [scaled(dimension.low - half), scaled(dimension.high + half)];
  const centres = observed.map(scaled);
  const widths = widthsOf(centres, low, high);
  centres.push(0.5 * (low + high));
  widths.push(high - low);
  const outside = centres.map((centre, k) =>
    logMass((low - centre) / widths[k]!, (high - centre) / widths[k]!),
  );
  return {
    centres,
    widths,
    logDensity(kernel, value) {
      const at = (one: number) => (scaled(one) - centres[kernel]!) / widths[kernel]!;
      const x = value as number;
      const inside =
        step === undefined
          ? logDensity(at(x)) - Math.log(widths[kernel]!)
          : logMass(at(x - half), at(x + half));
      return inside - outside[kernel]!;
    },
    draw(kernel, draw) {
      const scale = dimension.log ? Math.exp : (value: number) => value;
      const value = scale(drawWithin(centres[kernel]!, widths[kernel]!, low, high, draw));
      if (step === undefined) return clamped(value, dimension);
      return clamped(dimension.low + Math.round((value - dimension.low) / step) * step, dimension);
    },
  };
}

/**
 * The distance to the farther neighbour, where the ends of the range count as neighbours of inner trials
 * only: the outermost take their one trial. Not below the range over the number of kernels + 1, at most 100,
 * nor above the range.
 */
function widthsOf(centres: readonly number[], low: number, high: number): number[] {
  const order = centres.map((_, index) => index).sort((a, b) => centres[a]! - centres[b]! || a - b);
  const least = (high - low) / Math.min(100, centres.length + 2);
  const widths = new Array<number>(centres.length);
  for (const [place, index] of order.entries()) {
    const below = place > 0 ? centres[index]! - centres[order[place - 1]!]! : undefined;
    const above = place < order.length - 1 ? centres[order[place + 1]!]! - centres[index]! : undefined;
    const farther =
      below === undefined && above === undefined
        ? Math.max(centres[index]! - low, high - centres[index]!)
        : Math.max(below ?? 0, above ?? 0);
    widths[index] = Math.min(high - low, Math.max(least, farther));
  }
  return widths;
}

/**
 * A draw of a normal distribution within a range (Box and Muller, 1958, repeated until it is inside). The
 * centre is in the range and the width is at most the range's, so at least a third of the draws are inside.
 */
function drawWithin(centre: number, width: number, low: number, high: number, draw: () => number): number {
  for (;;) {
    const radius = Math.sqrt(-2 * Math.log(1 - draw()));
    const value = centre + width * radius * Math.cos(2 * Math.PI * draw());
    if (value >= low && value <= high) return value;
  }
}
