/** Two-sided tail probabilities, to nine digits at least: what a test statistic is judged by. */

/**
 * P(|T| ≥ |t|) of Student's t with `degrees` degrees of freedom: the incomplete beta Iₓ(ν/2, ½) at x = ν /
 * (ν + t²).
 */
export function studentTwoSided(t: number, degrees: number): number {
  const ratio = (t * t) / degrees;
  if (!Number.isFinite(ratio)) return 0;
  const half = degrees / 2;
  // x = 1 / (1 + ratio); the fraction converges fast below (a + 1) / (a + b + 2), beyond that its mirror
  // image does.
  const x = 1 / (1 + ratio);
  const front = Math.exp(
    logGamma(half + 0.5) -
      logGamma(half) -
      logGamma(0.5) -
      half * Math.log1p(ratio) +
      0.5 * Math.log(ratio * x),
  );
  if (x < (half + 1) / (half + 2.5)) return (front / half) * betaFraction(x, half, 0.5);
  return 1 - 2 * front * betaFraction(ratio * x, 0.5, half);
}

/**
 * The continued fraction of the incomplete beta function by Lentz's method (Press et al., Numerical Recipes,
 * 6.4).
 */
function betaFraction(x: number, a: number, b: number): number {
  const guarded = (value: number) => (Math.abs(value) < 1e-300 ? 1e-300 : value);
  let c = 1;
  let d = 1 / guarded(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let change = 1;
    for (const term of [even, odd]) {
      d = 1 / guarded(1 + term * d);
      c = guarded(1 + term / c);
      change = c * d;
      fraction *= change;
    }
    if (Math.abs(change - 1) < 1e-15) break;
  }
  return fraction;
}

/** Lanczos's approximation with g = 7 and nine terms (Godfrey's coefficients), for x ≥ ½. */
function logGamma(x: number): number {
  const coefficients = [
    676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
    -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
  ];
  const series = coefficients.reduce(
    (sum, coefficient, i) => sum + coefficient / (x + i),
    0.9999999999998099,
  );
  const base = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(base) - base + Math.log(series);
}

/** P(|Z| ≥ |z|) of the standard normal distribution, erfc(|z| / √2). */
export function normalTwoSided(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  if (!Number.isFinite(x * x)) return 0;
  const front = Math.exp(-x * x) / Math.sqrt(Math.PI);
  if (x < 2) {
    // erf(x) = 2/√π · e^(−x²) · Σ 2ⁿ·x²ⁿ⁺¹ / (1·3·…·(2n + 1)): every term is positive.
    let term = x;
    let sum = x;
    for (let n = 1; term > sum * 1e-17; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return 1 - 2 * front * sum;
  }
  // erfc(x) = e^(−x²)/√π · 1/(x + ½/(x + 1/(x + 3/2/(x + …)))), from the inside.
  let fraction = x;
  for (let n = 80; n >= 1; n--) fraction = x + n / 2 / fraction;
  return front / fraction;
}
