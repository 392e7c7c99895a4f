import { readFileSync } from 'node:fs';
import { fitMinMaxScaler, fitRobustScaler, fitStandardScaler, scalerFromJSON } from '@unrolled/data';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageOf } from './support';

const table = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 12 }))
  .chain(([columns, rows]) =>
    fc.record({
      columns: fc.constant(columns),
      values: fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), {
        minLength: columns * rows,
        maxLength: columns * rows,
      }),
    }),
  );

const kinds = [
  ['min-max', fitMinMaxScaler],
  [
    'min-max with an epsilon',
    (values: number[], { columns }: { columns: number }) =>
      fitMinMaxScaler(values, { columns, epsilon: 1e-7 }),
  ],
  ['standard', fitStandardScaler],
  ['robust', fitRobustScaler],
] as const;

describe.each(kinds)('%s', (_, fit) => {
  test('inverse ∘ transform is the identity, and the input stays as it was', () => {
    fc.assert(
      fc.property(table, ({ columns, values }) => {
        const before = [...values];
        const scaler = fit(values, { columns });
        const back = scaler.inverse(scaler.transform(values));
        expect(values).toEqual(before);
        for (const [index, value] of values.entries()) {
          expect(Math.abs(back[index]! - value)).toBeLessThanOrEqual(
            1e-9 * (1 + Math.max(...values.map(Math.abs))),
          );
        }
      }),
    );
  });

  test('inverseColumn takes one column back', () => {
    fc.assert(
      fc.property(table, fc.nat(3), ({ columns, values }, which) => {
        const column = which % columns;
        const scaler = fit(values, { columns });
        const pick = (all: ArrayLike<number>) =>
          Array.from(all).filter((_, index) => index % columns === column);
        const scaled = scaler.transform(values);
        expect([...scaler.inverseColumn(pick(scaled), column)]).toEqual(pick(scaler.inverse(scaled)));
      }),
    );
  });

  test('survives JSON bit for bit', () => {
    fc.assert(
      fc.property(table, ({ columns, values }) => {
        const scaler = fit(values, { columns });
        const again = scalerFromJSON(JSON.parse(JSON.stringify(scaler)));
        expect([...again.transform(values)]).toEqual([...scaler.transform(values)]);
      }),
    );
  });

  test('makes a constant column 0, and gives it back', () => {
    const values = [0.1, 1, 0.1, 2, 0.1, 3];
    const scaler = fit(values, { columns: 2 });
    const scaled = scaler.transform(values);
    expect([scaled[0], scaled[2], scaled[4]]).toEqual([0, 0, 0]);
    expect(scaler.inverseColumn([0], 0)[0]).toBe(0.1);
    expect(scaler.transform([5, 1]).every(Number.isFinite)).toBe(true);
  });

  test('refuses tables that are none', () => {
    expect(messageOf(() => fit([1, 2, 3], { columns: 2 }))).toContain(
      'whole rows of 2 columns, got 3 numbers',
    );
    expect(messageOf(() => fit([], { columns: 2 }))).toContain('at least one row, got none');
    expect(messageOf(() => fit([1, 2, 3, Number.NaN], { columns: 2 }))).toContain('NaN at row 1, column 1');
    const scaler = fit([1, 2, 3, 4], { columns: 2 });
    expect(messageOf(() => scaler.transform([1]))).toContain('whole rows of 2');
    expect(messageOf(() => scaler.inverseColumn([1], 2))).toContain('a column in 0 … 1, got 2');
  });
});

test("min-max with 1e-7 is the lab's (x − min) / (max − min + 1e-7)", () => {
  const values = [828.66, 1247700, 823.02, 1597800, 561.2, 41200];
  const scaled = fitMinMaxScaler(values, { columns: 2, epsilon: 1e-7 }).transform(values);
  expect(scaled[2]).toBe((823.02 - 561.2) / (828.66 - 561.2 + 1e-7));
  expect(scaled[1]).toBe((1247700 - 41200) / (1597800 - 41200 + 1e-7));
});

test('standard has mean 0 and the population deviation 1', () => {
  const scaled = fitStandardScaler([2, 4, 4, 4, 5, 5, 7, 9], { columns: 1 }).transform([2, 5, 9]);
  expect([...scaled]).toEqual([-1.5, 0, 2]);
});

test('robust has the median 0 and the interquartile range 1, whatever the extremes', () => {
  const scaler = fitRobustScaler([1, 2, 3, 4, 1000], { columns: 1 });
  expect(scaler.toJSON()).toEqual({ kind: 'robust', columns: [{ offset: 3, scale: 2 }] });
  expect([...scaler.transform([1, 3, 5])]).toEqual([-1, 0, 1]);
  expect(fitRobustScaler([7, 7, 7, 9], { columns: 1 }).columns[0]).toEqual({ offset: 7, scale: 0.5 });
  // The middle half of the column is one value: there is no range to divide by.
  expect(fitRobustScaler([7, 7, 7, 7, 9], { columns: 1 }).columns[0]).toEqual({ offset: 7, scale: 1 });
});

// On a failure, first make the numbers again: `python fixtures/make_forecasting.py` (see fixtures/README.md).
test("robust is scikit-learn's RobustScaler", () => {
  const file = new URL('../../../fixtures/forecasting/robust_scaler.json', import.meta.url);
  const { values, expected } = JSON.parse(readFileSync(file, 'utf8'));
  const scaler = fitRobustScaler(values.values, { columns: values.shape[1] });
  const close = (found: ArrayLike<number>, wanted: number[]) => {
    for (const [index, value] of wanted.entries())
      expect(found[index]! / (value || 1)).toBeCloseTo(value && 1, 9);
  };
  close(
    scaler.columns.map(({ offset }) => offset),
    expected.offset.values,
  );
  close(
    scaler.columns.map(({ scale }) => scale),
    expected.scale.values,
  );
  close(scaler.transform(values.values), expected.transformed.values);
});

test('what was fitted does not depend on rows that were not given', () => {
  const train = [1, 2, 3, 4];
  const fitted = fitMinMaxScaler(train, { columns: 1 }).toJSON();
  const withTest = new Float64Array([...train, 1000]);
  expect(fitMinMaxScaler(withTest.subarray(0, 4), { columns: 1 }).toJSON()).toEqual(fitted);
});

test('refuses ranges that overflow, and a negative epsilon', () => {
  expect(messageOf(() => fitMinMaxScaler([-1.7e308, 1.7e308], { columns: 1 }))).toContain('fits in a double');
  expect(messageOf(() => fitMinMaxScaler([1, 2], { columns: 1, epsilon: -1 }))).toContain('epsilon');
});

test.each([
  null,
  {},
  { kind: 'max-abs', columns: [{ offset: 0, scale: 1 }] },
  { kind: 'standard', columns: [] },
  { kind: 'standard', columns: [null] },
  { kind: 'standard', columns: [{ offset: 0, scale: 0 }] },
  { kind: 'min-max', columns: [{ offset: '0', scale: 1 }] },
])('scalerFromJSON refuses %j', (json) => {
  expect(messageOf(() => scalerFromJSON(json))).toContain('scalerFromJSON: expected a scaler with kind');
});
