/**
 * Draws from the forecast distributions. `likelihoodLoss` defines their parameters for a network's outputs.
 */
import type { Random } from '@unrolled/cells';
import type { Likelihood } from '@unrolled/losses';

const LEAST = 1e-6;
const LEAST_DISPERSION = 1e-3;

/** ln(1 + eˣ) */
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const positive = (x: number) => softplus(x) + LEAST;

/**
 * Draws one value of a distribution whose parameters are in `outputs` from `at` on, in the form of
 * `likelihoodLoss`.
 *
 * @param scale for counts, the factor of the mean
 */
export function drawFrom(
  distribution: Likelihood,
  zeroInflated: boolean,
  outputs: ArrayLike<number>,
  at: number,
  scale: number,
  stream: Random,
): number {
  const [first, second] = [outputs[at]!, outputs[at + 1]!];
  switch (distribution) {
    case 'gaussian':
      return first + positive(second) * stream.normal();
    case 'logNormal':
      return Math.exp(first + positive(second) * stream.normal());
    case 'studentT': {
      const nu = 2 + positive(outputs[at + 2]!);
      return first + (positive(second) * stream.normal()) / Math.sqrt((2 * drawGamma(nu / 2, stream)) / nu);
    }
    case 'poisson':
      if (zeroInflated && isZero(second, stream)) return 0;
      return drawPoisson(scale * positive(first), stream);
    default: {
      if (zeroInflated && isZero(outputs[at + 2]!, stream)) return 0;
      const alpha = softplus(second) + LEAST_DISPERSION;
      return drawPoisson(alpha * scale * positive(first) * drawGamma(1 / alpha, stream), stream);
    }
  }
}

const isZero = (logit: number, { uniform }: Random) => uniform() < 1 / (1 + Math.exp(-logit));

/** A gamma draw of shape k and scale 1 (Marsaglia and Tsang, 2000). */
export function drawGamma(shape: number, stream: Random): number {
  if (shape < 1) return drawGamma(shape + 1, stream) * (1 - stream.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = stream.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - stream.uniform()) < x * x * 0.5 + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Below this rate, multiplying uniform numbers takes few steps; above it, PTRS is valid. */
const FEW = 10;
/** From this rate on, a rounded normal distribution is as exact as the float32 inputs. */
const MANY = 1e8;

/** A Poisson draw: by products of uniform numbers, or for larger rates by PTRS (Hörmann, 1993). */
export function drawPoisson(rate: number, stream: Random): number {
  if (rate < FEW) {
    const end = Math.exp(-rate);
    let count = 0;
    for (let product = stream.uniform(); product > end; product *= stream.uniform()) count++;
    return count;
  }
  if (rate > MANY) return Math.max(0, Math.round(rate + Math.sqrt(rate) * stream.normal()));
  const root = Math.sqrt(rate);
  const b = 0.931 + 2.53 * root;
  const a = -0.059 + 0.02483 * b;
  const inverse = 1.1239 + 1.1328 / (b - 3.4);
  const fits = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = stream.uniform() - 0.5;
    const v = 1 - stream.uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + rate + 0.43);
    if (us >= 0.07 && v <= fits) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const likelihood = k * Math.log(rate) - rate - logFactorial(k);
    if (Math.log(v) + Math.log(inverse) - Math.log(a / (us * us) + b) <= likelihood) return k;
  }
}

/** ln k!, by Stirling's series at k + 9 less the logarithms of k + 1 … k + 8. */
function logFactorial(k: number): number {
  let logarithms = 0;
  for (let i = 1; i <= 8; i++) logarithms += Math.log(k + i);
  const x = k + 9;
  const inverse = 1 / x;
  const series = inverse * (1 / 12 - inverse * inverse * (1 / 360 - (inverse * inverse) / 1260));
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - logarithms;
}

/** The quantile of sorted draws, with linear interpolation (NumPy's default). */
export function quantileOf(sorted: ArrayLike<number>, quantile: number): number {
  const place = quantile * (sorted.length - 1);
  const below = Math.floor(place);
  const rest = place - below;
  return rest === 0 ? sorted[below]! : sorted[below]! * (1 - rest) + sorted[below + 1]! * rest;
}
