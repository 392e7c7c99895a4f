import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { counted } from './counted';
import { checkWeights, type Weighted, weightedMean } from './reduction';
import { checkKind, checkOptions, refuse } from './refuse';

/** The number of outputs of each distribution; `zeroInflated` adds one, a logit. */
const OUTPUTS = { gaussian: 2, studentT: 3, logNormal: 2, poisson: 1, negativeBinomial: 2 } as const;

export type Likelihood = keyof typeof OUTPUTS;

export interface LikelihoodOptions extends Weighted {
  readonly distribution: Likelihood;
  /** For counts: adds a probability of 0, sigmoid(last output). Default false. */
  readonly zeroInflated?: boolean;
  /**
   * For counts: a factor of the mean, above 0, such as the mean of the series. Its shape broadcasts to the
   * targets'. Default 1.
   */
  readonly scale?: Tensor;
}

const DISTRIBUTION = "'gaussian', 'studentT', 'logNormal', 'poisson' or 'negativeBinomial'";

/**
 * The number of outputs of a distribution, without the one that `zeroInflated` adds.
 *
 * @throws UnrolledError if the distribution is unknown
 */
export function likelihoodParameters(distribution: Likelihood): number {
  checkKind('likelihoodParameters', 'distribution', distribution, DISTRIBUTION);
  return OUTPUTS[distribution];
}

const KINDS: OptionKinds<LikelihoodOptions> = {
  distribution: DISTRIBUTION,
  zeroInflated: 'boolean?',
  scale: 'tensor?',
  weights: 'tensor?',
};

/** Keeps a scale or a rate above 0 if softplus underflows. */
const LEAST = 1e-6;
/** Added to the dispersion α. For a smaller α float32 would lose the difference of the two ln Γ. */
const LEAST_DISPERSION = 1e-3;

/**
 * The mean of −ln p(target) for a forecast distribution whose parameters are computed from the unbounded
 * outputs of a network (DeepAR; Salinas et al., 2020). With s = softplus, the outputs o are, in order,
 *
 *     gaussian           μ = o₁, σ = s(o₂)
 *     studentT           μ = o₁, σ = s(o₂), ν = 2 + s(o₃)
 *     logNormal          μ = o₁, σ = s(o₂) of ln target; targets above 0
 *     poisson            rate = s(o₁); counts
 *     negativeBinomial   mean m = s(o₁), α = 0.001 + s(o₂), variance m + α·m²; counts
 *
 * where `scale` multiplies rate and m. `zeroInflated` adds one output, the logit of the share π of zeros:
 * p(0) = π + (1 − π)·p₀, otherwise (1 − π)·p. Values of weight 0, such as missing ones, may be anything.
 *
 * @param outputs [..., P]
 * @param targets [...]
 * @param options `distribution`, `zeroInflated`, `scale`, and `weights`, whose shape broadcasts to the
 *   targets'
 * @throws UnrolledError if the distribution is unknown, the shapes do not fit, or `zeroInflated` or `scale`
 *   is given for a distribution other than of counts
 */
export function likelihoodLoss(outputs: Tensor, targets: Tensor, options: LikelihoodOptions): Scalar {
  const scope = 'likelihoodLoss';
  checkKind(scope, 'outputs', outputs, 'tensor');
  checkKind(scope, 'targets', targets, 'tensor');
  checkOptions(scope, options, KINDS);
  const { distribution, zeroInflated = false, scale, weights } = options;
  const ofCounts = distribution === 'poisson' || distribution === 'negativeBinomial';
  if ((zeroInflated || scale) && !ofCounts) {
    const option = zeroInflated ? 'zeroInflated' : 'scale';
    const remedy = `omit \`${option}\`, or choose a distribution of counts`;
    refuse(scope, { expected: `poisson or negativeBinomial with \`${option}\``, got: distribution, remedy });
  }
  const shape = [...targets.shape, OUTPUTS[distribution] + Number(zeroInflated)];
  if (!tf.util.arraysEqual(outputs.shape, shape)) {
    refuse(scope, {
      expected: `outputs [${shape.join(', ')}]: the targets' shape with an axis of one number for each parameter`,
      got: `[${outputs.shape.join(', ')}]`,
      remedy: 'give the model one output for each parameter of the distribution',
    });
  }
  return tf.tidy(() => {
    if (weights) checkWeights(scope, targets, weights);
    if (scale) checkWeights(scope, targets, scale);
    const known = weights ? counted(targets, weights) : targets;
    const of = weights ? counted(outputs, tf.expandDims(weights, -1)) : outputs;
    // tfjs has no gradient for an unstack with one result.
    const parts = of.shape.at(-1) === 1 ? [tf.reshape(of, targets.shape)] : tf.unstack(of, -1);
    // The targets with 0 where the weight is 0; otherwise their logarithm could be infinite.
    const y =
      distribution === 'logNormal' && weights
        ? tf.where(tf.equal(known, 0), tf.onesLike(known), known)
        : known;
    const losses = NEGATIVE_LOGARITHMS[distribution](parts, y, scale);
    return weightedMean(zeroInflated ? inflated(losses, parts.at(-1)!, y) : losses, { weights });
  });
}

const positive = (output: Tensor) => tf.add(tf.softplus(output), LEAST);
const times = (mean: Tensor, scale: Tensor | undefined) => (scale ? tf.mul(mean, scale) : mean);
const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

const NEGATIVE_LOGARITHMS: Record<Likelihood, (parts: Tensor[], y: Tensor, scale?: Tensor) => Tensor> = {
  gaussian: ([mean, scale], y) => gaussian(mean!, positive(scale!), y),
  logNormal: ([mean, scale], y) => {
    const logarithm = tf.log(y);
    return tf.add(gaussian(mean!, positive(scale!), logarithm), logarithm);
  },
  studentT: ([mean, scale, degrees], y) => {
    const sigma = positive(scale!);
    const nu = tf.add(positive(degrees!), 2);
    const half = tf.mul(nu, 0.5);
    const away = tf.div(tf.square(tf.div(tf.sub(y, mean!), sigma)), nu);
    const front = tf.add(tf.log(sigma), tf.mul(tf.log(tf.mul(nu, Math.PI)), 0.5));
    const [whole, more] = logGammas(half, tf.add(half, 0.5));
    const gammas = tf.sub(whole!, more!);
    return tf.add(tf.add(front, gammas), tf.mul(tf.add(half, 0.5), tf.log1p(away)));
  },
  poisson: ([rate], y, scale) => {
    const lambda = times(positive(rate!), scale);
    return tf.add(tf.sub(lambda, tf.mul(y, tf.log(lambda))), logGamma(tf.add(y, 1)));
  },
  negativeBinomial: ([mean, dispersion], y, scale) => {
    const alpha = tf.add(tf.softplus(dispersion!), LEAST_DISPERSION);
    const size = tf.div(1, alpha);
    const product = tf.mul(alpha, times(positive(mean!), scale)); // α·m
    const [ofSize, factorial, both] = logGammas(size, tf.add(y, 1), tf.add(y, size));
    const gammas = tf.sub(tf.add(ofSize!, factorial!), both!);
    const odds = tf.sub(tf.mul(tf.add(y, size), tf.log1p(product)), tf.mul(y, tf.log(product)));
    return tf.add(gammas, odds);
  },
};

function gaussian(mean: Tensor, scale: Tensor, y: Tensor): Tensor {
  const standard = tf.square(tf.div(tf.sub(y, mean), scale));
  return tf.add(tf.add(tf.mul(standard, 0.5), tf.log(scale)), HALF_LOG_TWO_PI);
}

/** −ln of the mixture: with l the logit, ln(1 − π) = −s(l) and ln π = l − s(l). */
function inflated(losses: Tensor, logit: Tensor, y: Tensor): Tensor {
  const rest = tf.softplus(logit);
  // ln(eˡ + e^(−loss)) = l + s(−loss − l)
  const zero = tf.sub(rest, tf.add(logit, tf.softplus(tf.sub(tf.neg(losses), logit))));
  return tf.where(tf.equal(y, 0), zero, tf.add(losses, rest));
}

const SHIFT = 8;
/** k·(7 − k) for k = 0 … 3: with u = x·(x + 7), (x + k)·(x + 7 − k) = u + k·(7 − k). */
const PAIRS = [0, 6, 10, 12];

/**
 * ln Γ(x) for x > 0: Stirling's series at z = x + 8, minus the logarithm of x·(x + 1)·…·(x + 7). Its
 * gradient, the digamma function, is computed in the same way.
 */
function logGamma(given: Tensor): Tensor {
  const op = tf.customGrad((x, save) => {
    (save as (tensors: Tensor[]) => void)([x as Tensor]);
    return {
      value: tf.tidy(() => stirling(x as Tensor)),
      gradFunc: (dy: Tensor, [saved]: Tensor[]) => tf.tidy(() => tf.mul(dy, digamma(saved!))),
    };
  });
  return op(given);
}

/** ln Γ of several tensors of the same shape at once, with a third of the ops. */
const logGammas = (...given: Tensor[]): Tensor[] => tf.unstack(logGamma(tf.stack(given)));

const pairsOf = (x: Tensor) => {
  const u = tf.mul(x, tf.add(x, SHIFT - 1));
  return PAIRS.map((more) => (more === 0 ? u : tf.add(u, more))) as [Tensor, Tensor, Tensor, Tensor];
};

function stirling(x: Tensor): Tensor {
  // Computed in two halves, because the product of eight factors overflows float32 for a large x.
  const [a, b, c, d] = pairsOf(x);
  const product = tf.add(tf.log(tf.mul(a, b)), tf.log(tf.mul(c, d)));
  const z = tf.add(x, SHIFT);
  const inverse = tf.div(1, z);
  const series = tf.mul(inverse, tf.sub(1 / 12, tf.div(tf.square(inverse), 360)));
  const main = tf.sub(tf.mul(tf.sub(z, 0.5), tf.log(z)), z);
  return tf.sub(tf.add(tf.add(main, series), HALF_LOG_TWO_PI), product);
}

/**
 * ln z − 1/2z − 1/12z² + 1/120z⁴ − Σ 1/(x + k). The terms are summed in pairs: (2x + 7) / (u + k·(7 − k)).
 */
function digamma(x: Tensor): Tensor {
  const terms = tf.addN(pairsOf(x).map((pair) => tf.div(1, pair)));
  const z = tf.add(x, SHIFT);
  const inverse = tf.div(1, z);
  const square = tf.square(inverse);
  const series = tf.add(tf.mul(inverse, 0.5), tf.mul(square, tf.sub(1 / 12, tf.div(square, 120))));
  return tf.sub(tf.sub(tf.log(z), series), tf.mul(terms, tf.add(tf.mul(x, 2), SHIFT - 1)));
}
