import { chronologicalSplit, forecastWindows } from '@unrolled/data';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { messageOf } from './support';

test("the lab's 725 windows at 0.7 are 507 and 218", () => {
  expect(chronologicalSplit(725, { train: 0.7 })).toEqual({
    train: { start: 0, end: 507 },
    validation: { start: 507, end: 507 },
    test: { start: 507, end: 725 },
  });
});

test('a product that rounding keeps under a whole number counts as that number', () => {
  expect(100 * 0.29).toBeLessThan(29);
  expect(chronologicalSplit(100, { train: 0.29 }).train.end).toBe(29);
});

test('the parts cover all indices, in order, each once', () => {
  const share = fc.double({ min: 0, max: 0.5, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), share, share, (count, most, validation) => {
      const train = 0.01 + most * 0.98;
      fc.pre(Math.floor(count * train) > 0 && (validation === 0 || Math.floor(count * validation) > 0));
      const { train: a, validation: b, test: c } = chronologicalSplit(count, { train, validation });
      expect([a.start, a.end, b.end, c.end]).toEqual([0, b.start, c.start, count]);
      expect(Math.abs(a.end - count * train)).toBeLessThan(1);
      expect(Math.abs(b.end - b.start - count * validation)).toBeLessThan(1);
    }),
  );
});

test('a test share leaves the newest out, a gap the last of each earlier part', () => {
  expect(chronologicalSplit(100, { train: 0.5, validation: 0.2, test: 0.1, gap: 3 })).toEqual({
    train: { start: 0, end: 47 },
    validation: { start: 50, end: 67 },
    test: { start: 70, end: 80 },
  });
});

test('a gap of horizon − 1 keeps every target row in one part', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 40, max: 90 }), (horizon, rows) => {
      const windows = forecastWindows(new Float64Array(rows), {
        features: 1,
        window: 3,
        horizon,
        targetColumn: 0,
      });
      const { train, test: newest } = chronologicalSplit(windows.count, { train: 0.7, gap: horizon - 1 });
      const lastTrained = windows.targetRows[train.end - 1]! + horizon - 1;
      expect(lastTrained).toBe(windows.targetRows[newest.start]! - 1);
    }),
  );
});

test('refuses shares that are none and parts that would be empty', () => {
  expect(messageOf(() => chronologicalSplit(10, { train: 1.5 }))).toContain(
    'a train share in [0, 1], got 1.5',
  );
  expect(messageOf(() => chronologicalSplit(10, { train: 0.7, validation: 0.4 }))).toContain(
    'with a sum of at most 1',
  );
  expect(messageOf(() => chronologicalSplit(10, { train: Number.NaN }))).toContain('train');
  expect(messageOf(() => chronologicalSplit(1, { train: 0.7 }))).toBe(
    'chronologicalSplit: expected at least one index in the train set, got an empty set, out of 1: pass more data or increase the share',
  );
  expect(messageOf(() => chronologicalSplit(5, { train: 0.7, validation: 0.1 }))).toContain(
    'in the validation set',
  );
  expect(messageOf(() => chronologicalSplit(10, { train: 0.5, gap: 5 }))).toContain('in the train set');
  expect(messageOf(() => chronologicalSplit(0, { train: 0.5 }))).toContain('count');
});
