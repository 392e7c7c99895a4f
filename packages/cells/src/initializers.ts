/**
 * Initial weights, drawn on the CPU in double precision from a seed, so every backend starts with the same
 * numbers. Definitions are Keras's (`keras/src/initializers/random_initializers.py`).
 */

import { inWords } from '@unrolled/errors';
import type { Random } from './random';
import { checkKind, functionOr, refuse } from './refuse';

/**
 * Returns the values of a weight of the given shape, row-major. `shape` is [fan in, fan out] for a matrix,
 * [h, w, in, out] for a filter, [n] for a bias.
 */
export type Initializer = (shape: readonly number[], random: Random) => Float32Array;

/** The initializers with a name. */
export type InitializerName = 'glorotUniform' | 'glorotNormal' | 'heNormal' | 'orthogonal' | 'zeros' | 'ones';

/**
 * Throws for arguments that `init` would not pass, for instance if an initializer was called instead of
 * named.
 */
const drawn =
  (fill: Initializer): Initializer =>
  (shape, random) => {
    const draws = [random?.uniform, random?.normal];
    if (
      Array.isArray(shape) &&
      shape.every((size) => size >= 0) &&
      draws.every((draw) => draw instanceof Function)
    )
      return fill(shape, random);
    return refuse('initializer', {
      expected: 'a shape and a random stream',
      got: inWords(shape),
      remedy: 'pass the initializer itself; init calls it',
    });
  };

const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

/** For a filter [h, w, in, out] each fan is the number of channels times the number of taps, as in Keras. */
function fans(shape: readonly number[]): { fanIn: number; fanOut: number } {
  const taps = sizeOf(shape.slice(0, -2));
  return { fanIn: taps * (shape.at(-2) ?? shape[0] ?? 1), fanOut: taps * (shape.at(-1) ?? 1) };
}

/** Sets every weight to the same number. */
export function constant(value: number): Initializer {
  checkKind('constant', 'value', value, 'number');
  return drawn((shape) => new Float32Array(sizeOf(shape)).fill(value));
}

/** Uniform in [−limit, limit). PyTorch's recurrent layers use limit = 1/√H. */
export function uniform(limit: number): Initializer {
  checkKind('uniform', 'limit', limit, 'number');
  return drawn((shape, random) =>
    Float32Array.from({ length: sizeOf(shape) }, () => (2 * random.uniform() - 1) * limit),
  );
}

/** Normal with mean 0. */
export function normal(standardDeviation: number): Initializer {
  checkKind('normal', 'standardDeviation', standardDeviation, 'number');
  return drawn((shape, random) =>
    Float32Array.from({ length: sizeOf(shape) }, () => random.normal() * standardDeviation),
  );
}

/**
 * Normal, redrawn beyond two standard deviations and rescaled to the given standard deviation (as in Keras's
 * normal initializers).
 */
function truncatedNormal(standardDeviation: number): Initializer {
  const scale = standardDeviation / 0.87962566103423978;
  return (shape, random) =>
    Float32Array.from({ length: sizeOf(shape) }, () => {
      let draw = random.normal();
      while (Math.abs(draw) > 2) draw = random.normal();
      return draw * scale;
    });
}

/** Uniform with limit √(6 / (fan in + fan out)) (Glorot and Bengio, 2010). */
export const glorotUniform: Initializer = /* @__PURE__ */ drawn((shape, random) => {
  const { fanIn, fanOut } = fans(shape);
  return uniform(Math.sqrt(6 / (fanIn + fanOut)))(shape, random);
});

/** Truncated normal with variance 2 / (fan in + fan out) (Glorot and Bengio, 2010). */
export const glorotNormal: Initializer = /* @__PURE__ */ drawn((shape, random) => {
  const { fanIn, fanOut } = fans(shape);
  return truncatedNormal(Math.sqrt(2 / (fanIn + fanOut)))(shape, random);
});

/** Truncated normal with variance 2 / fan in (He et al., 2015). */
export const heNormal: Initializer = /* @__PURE__ */ drawn((shape, random) =>
  truncatedNormal(Math.sqrt(2 / fans(shape).fanIn))(shape, random),
);

/**
 * Orthonormal rows or columns, whichever are fewer; a filter is treated as the matrix [h·w·in, out] (Saxe et
 * al., 2013). Computed by Gram–Schmidt from normal draws.
 */
export const orthogonal: Initializer = /* @__PURE__ */ drawn((shape, random) => {
  const columns = shape.length > 1 ? shape.at(-1)! : 1;
  const rows = shape.length === 0 ? 1 : sizeOf(shape) / (columns || 1);
  const count = Math.min(rows, columns);
  const length = Math.max(rows, columns);
  const basis: Float64Array[] = [];
  while (basis.length < count) {
    const vector = Float64Array.from({ length }, () => random.normal());
    if (orthonormalize(vector, basis)) basis.push(vector);
  }
  const weights = new Float32Array(rows * columns);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < length; j++) {
      const index = rows <= columns ? i * columns + j : j * columns + i;
      weights[index] = basis[i]![j]!;
    }
  }
  return weights;
});

/**
 * Makes `vector` a unit vector orthogonal to `basis`, in place; returns false if nothing remains. A pass that
 * removes most of the length loses digits, so it is repeated; two passes are enough (Giraud et al., 2005).
 */
function orthonormalize(vector: Float64Array, basis: readonly Float64Array[]): boolean {
  const before = dot(vector, vector);
  for (const unit of basis) removeProjection(vector, unit);
  if (dot(vector, vector) < before / 2) for (const unit of basis) removeProjection(vector, unit);
  const length = Math.sqrt(dot(vector, vector));
  if (length < 1e-6) return false;
  for (let i = 0; i < vector.length; i++) vector[i] = vector[i]! / length;
  return true;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function removeProjection(vector: Float64Array, unit: Float64Array): void {
  const share = dot(vector, unit);
  for (let i = 0; i < vector.length; i++) vector[i] = vector[i]! - share * unit[i]!;
}

const byName: Readonly<Record<InitializerName, Initializer>> = {
  glorotUniform,
  glorotNormal,
  heNormal,
  orthogonal,
  zeros: constant(0),
  ones: constant(1),
};

/** The initializers by name. */
export const INITIALIZER_NAMES = /* @__PURE__ */ Object.keys(byName) as readonly InitializerName[];

/** The option kind of an initializer. */
export const INITIALIZER = /* @__PURE__ */ functionOr(INITIALIZER_NAMES);

/** The name of an initializer; undefined for a function without one. */
export function initializerName(initializer: Initializer | InitializerName): InitializerName | undefined {
  if (typeof initializer === 'string') return initializer;
  return INITIALIZER_NAMES.find((name) => byName[name] === initializer);
}

/** Returns the initializer itself, or the one with that name. */
export function resolveInitializer(initializer: Initializer | InitializerName): Initializer {
  return typeof initializer === 'string' ? byName[initializer] : initializer;
}
