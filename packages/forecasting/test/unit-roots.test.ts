import { describe, expect, test } from 'vitest';
import { dickeyFullerTest, fitLinearAutoregression } from '../src/index';
import { messageOf, normals } from './support';

/** An autoregression of order 1 from 0, and a random walk where φ is 1. */
function autoregression(count: number, seed: number, phi: number): Float64Array {
  let value = 0;
  return normals(count, seed).map((draw) => (value = phi * value + draw));
}

describe('the test of Dickey and Fuller', () => {
  test('finds the mean of an autoregression, and none of a walk but in about 5 of 100', () => {
    const found = (phi: number) =>
      Array.from(
        { length: 200 },
        (_, seed) => dickeyFullerTest(autoregression(150, seed + 1, phi)).stationary,
      ).filter(Boolean).length;
    expect(found(0.5)).toBeGreaterThan(190);
    expect(found(1)).toBeLessThan(20);
  });

  test('is the t of ρ of the regression itself', () => {
    // Without lags: Δy = c + ρ·y written out, centred.
    const values = autoregression(40, 3, 0.4);
    const before = values.subarray(0, -1);
    const changes = before.map((value, i) => values[i + 1]! - value);
    const mean = (of: Float64Array) => of.reduce((sum, one) => sum + one, 0) / of.length;
    const [x, y] = [before, changes].map((of) => of.map((one) => one - mean(of))) as [
      Float64Array,
      Float64Array,
    ];
    const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, one, i) => sum + one * b[i]!, 0);
    const rho = dot(x, y) / dot(x, x);
    const residual = y.map((one, i) => one - rho * x[i]!);
    const t = rho / Math.sqrt(dot(residual, residual) / (y.length - 2) / dot(x, x));
    const { statistic, lags } = dickeyFullerTest(values, { maximumLags: 0 });
    expect(lags).toBe(0);
    expect(statistic).toBeCloseTo(t, 9);
  });

  test("has MacKinnon's critical values", () => {
    const { criticalValue } = dickeyFullerTest(autoregression(101, 1, 0), { maximumLags: 0 });
    expect(criticalValue).toBeCloseTo(-2.8909, 3); // statsmodels: mackinnoncrit(nobs=100, regression='c')
    const atOne = dickeyFullerTest(autoregression(101, 1, 0), { maximumLags: 0, significance: 0.01 });
    expect(atOne.criticalValue).toBeCloseTo(-3.4975, 3);
  });

  test.each([
    ['a line', Float64Array.from({ length: 60 }, (_, t) => 3 + 2 * t)],
    ['a constant', new Float64Array(60).fill(7)],
  ])('finds no mean in %s, whose changes are known exactly', (_, values) => {
    expect(dickeyFullerTest(values)).toMatchObject({ statistic: 0, stationary: false });
  });

  test('refuses fewer than six values', () => {
    expect(messageOf(() => dickeyFullerTest([1, 2, 3, 4, 5]))).toContain('values of at least 6, got 5');
  });
});

describe('an autoregression of changes', () => {
  const line = Float64Array.from({ length: 40 }, (_, t) => t + 1);

  test('goes on from the last value', () => {
    const fitted = fitLinearAutoregression(line, { lags: 0, of: 'changes' });
    expect(fitted.of).toBe('changes');
    expect([...fitted.forecast(line, 3)]).toEqual([41, 42, 43]);
    expect([...fitted.forecast([1000], 2)]).toEqual([1001, 1002]);
  });

  test('is chosen where the values return to no mean, on forty rows and flat ones too', () => {
    const lags = { maximum: 8, criterion: 'aicc' } as const;
    const of = (values: Float64Array) => fitLinearAutoregression(values, { lags, of: 'auto' });
    expect(of(autoregression(40, 5, 1)).of).toBe('changes');
    expect(of(autoregression(300, 5, 0.3)).of).toBe('values');
    const flat = new Float64Array(40).fill(5);
    expect([...of(flat).forecast(flat, 2)]).toEqual([5, 5]);
    expect([...of(flat).forecast([5, 9], 2)]).toEqual([9, 9]);
  });

  test('on forty rows of a walk is about as good as the last value', () => {
    let [own, last] = [0, 0];
    for (let seed = 1; seed <= 60; seed++) {
      const walk = autoregression(41, seed, 1);
      const known = walk.subarray(0, 40);
      const fitted = fitLinearAutoregression(known, { lags: { maximum: 8, criterion: 'aicc' }, of: 'auto' });
      own += (walk[40]! - fitted.forecast(known, 1)[0]!) ** 2;
      last += (walk[40]! - known[39]!) ** 2;
    }
    expect(own / last).toBeLessThan(1.25);
  });

  test('needs one value more than it has lags', () => {
    const { forecast } = fitLinearAutoregression(normals(30, 2), { lags: 2, of: 'changes' });
    expect(messageOf(() => forecast([1, 2], 1))).toBe(
      'forecast: expected a history of at least 3, got 2: pass a longer one',
    );
  });
});
