import { expect, test } from 'vitest';
import { lossHistory } from '../src/index';

test('short runs keep every step', () => {
  const history = lossHistory();
  for (let step = 1; step <= 3; step++) history.add(step, 10 - step);
  expect(history.train().map(({ step, loss }) => [step, loss])).toEqual([
    [1, 9],
    [2, 8],
    [3, 7],
  ]);
});

test('long runs are thinned to means, and the mean of all steps stays', () => {
  const history = lossHistory();
  const steps = 10_000;
  for (let step = 1; step <= steps; step++) history.add(step, step);
  const points = history.train();
  expect(points.length).toBeLessThanOrEqual(1001);
  expect(points.length).toBeGreaterThan(400);
  expect(points.at(-1)!.step).toBe(steps);
  // Each point is the mean of the steps since the point before.
  let before = 0;
  for (const { step, loss } of points) {
    expect(loss).toBeCloseTo((before + 1 + step) / 2, 6);
    before = step;
  }
});
