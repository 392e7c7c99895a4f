import { describe, expect, it } from 'vitest';
import {
  deriveSeed,
  glorotNormal,
  glorotUniform,
  heNormal,
  normal,
  orthogonal,
  random,
  randomFromState,
} from '../src/index';

const moments = (values: Float32Array) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
};

describe('initializers', () => {
  it.each([
    ['glorotUniform', glorotUniform, Math.sqrt(2 / 300)],
    ['glorotNormal', glorotNormal, Math.sqrt(2 / 300)],
    ['heNormal', heNormal, Math.sqrt(2 / 100)],
    ['normal', normal(0.5), 0.5],
  ])('%s has mean 0 and the deviation that its paper asks for', (_name, initializer, deviation) => {
    const drawn = moments(initializer([100, 200], random(1)));
    expect(Math.abs(drawn.mean)).toBeLessThan(deviation * 0.03);
    expect(drawn.deviation / deviation).toBeCloseTo(1, 1);
  });

  it.each([
    [6, 6],
    [4, 16],
    [16, 4],
    [1, 5],
    [128, 512],
  ])('orthogonal [%i, %i] is orthonormal along its short side', (rows, columns) => {
    const values = orthogonal([rows, columns], random(2));
    const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)];
    const at = (i: number, j: number) => values[rows <= columns ? i * columns + j : j * columns + i]!;
    let worst = 0;
    for (let a = 0; a < count; a++) {
      for (let b = 0; b < count; b++) {
        let product = 0;
        for (let j = 0; j < length; j++) product += at(a, j) * at(b, j);
        worst = Math.max(worst, Math.abs(product - (a === b ? 1 : 0)));
      }
    }
    expect(worst).toBeLessThan(1e-6);
  });
});

describe('random', () => {
  it('continues from a saved state', () => {
    const stream = random(9);
    stream.uniform();
    const copy = randomFromState(stream.state());
    expect([copy.uniform(), copy.normal()]).toEqual([stream.uniform(), stream.normal()]);
  });

  it('gives children of one seed and of neighbouring seeds different streams', () => {
    const seeds = new Set(
      Array.from({ length: 100 }, (_, i) => Array.from({ length: 100 }, (_, j) => deriveSeed(i, j))).flat(),
    );
    expect(seeds.size).toBe(10_000);
  });
});
