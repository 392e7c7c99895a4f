/** Logarithms of the standard normal distribution, right in its far tails. */

const LOG_ROOT_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** log φ(z), of the density. */
export const logDensity = (z: number): number => -0.5 * z * z - LOG_ROOT_TWO_PI;

/** Φ(z), of the distribution: about 1e-16 from right, below −3 also as a share of itself. */
export function distribution(z: number): number {
  if (z > 0) return 1 - distribution(-z);
  if (z < -3) return Math.exp(logDensity(z)) / millsFraction(-z);
  // Φ(−x) = ½ − φ(x)·(x + x³/3 + x⁵/(3·5) + …): every term is positive.
  const x = -z;
  let term = x;
  let sum = x;
  for (let odd = 3; term > sum * 1e-17; odd += 2) {
    term *= (x * x) / odd;
    sum += term;
  }
  return 0.5 - Math.exp(logDensity(z)) * sum;
}

/** x + 1/(x + 2/(x + 3/(x + …))), which φ(x) is divided by for the tail beyond x (Laplace); for x above 3. */
function millsFraction(x: number): number {
  let fraction = x;
  for (let n = 60; n >= 1; n--) fraction = x + n / fraction;
  return fraction;
}

function logDistribution(z: number): number {
  return z < -3 ? logDensity(z) - Math.log(millsFraction(-z)) : Math.log(distribution(z));
}

/** log (Φ(b) − Φ(a)) of a < b, without the cancellation of two numbers near 1. */
export function logMass(a: number, b: number): number {
  if (a > 0) return logMass(-b, -a);
  if (b > 0) return Math.log1p(-distribution(a) - distribution(-b));
  const upper = logDistribution(b);
  return upper + Math.log1p(-Math.exp(logDistribution(a) - upper));
}
