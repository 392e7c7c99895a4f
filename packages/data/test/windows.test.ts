import {
  concatenateWindows,
  createVocabulary,
  fitStandardScaler,
  forecastWindows,
  oneHot,
  padSequences,
  slidingWindows,
  stitchWindows,
} from '@unrolled/data';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageOf } from './support';

const ship =
  "if you want to build a ship, don't drum up people together to collect wood and don't assign them tasks and work, but rather teach them to long for the endless immensity of the sea.";

describe('slidingWindows', () => {
  test("cuts the lab's ship sentence into 170 windows of 10", () => {
    const vocabulary = createVocabulary(ship);
    const windows = slidingWindows(vocabulary.encode(ship), { length: 10 });
    expect([ship.length, vocabulary.size, windows.count]).toEqual([180, 25, 170]);
    expect(vocabulary.decode(windows.inputs.subarray(0, 10))).toBe('if you wan');
    expect(vocabulary.decode(windows.targets.subarray(0, 10))).toBe('f you want');
    expect(vocabulary.decode(windows.targets.subarray(-10))).toBe(' the sea.'.padStart(10, 'f'));
  });

  test('has ⌊(n − 1 − length) / stride⌋ + 1 windows, each beside itself one later', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 5 }),
        fc.nat(40),
        (length, stride, more) => {
          const ids = Int32Array.from({ length: length + 1 + more }, (_, index) => index);
          const { count, inputs, targets } = slidingWindows(ids, { length, stride });
          expect(count).toBe(Math.floor(more / stride) + 1);
          for (const [place, id] of inputs.entries()) {
            expect(id).toBe(Math.floor(place / length) * stride + (place % length));
            expect(targets[place]).toBe(id + 1);
          }
        },
      ),
    );
  });

  test('says how many tokens it needs', () => {
    expect(messageOf(() => slidingWindows(new Int32Array(5), { length: 10 }))).toBe(
      'slidingWindows: expected at least 11 tokens for a window of 10 and its targets, got 5: reduce the window or pass more text',
    );
    expect(messageOf(() => slidingWindows(new Int32Array(5), { length: 0 }))).toContain(
      'length to be a positive integer',
    );
    expect(messageOf(() => slidingWindows(new Int32Array(5), { length: 2, stride: 0.5 }))).toContain(
      'stride',
    );
  });
});

describe('stitchWindows', () => {
  test('gives the targets back as one text', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.nat(30), fc.nat(7), (length, more, wider) => {
        const stride = 1 + (wider % length);
        const ids = Int32Array.from({ length: length + 1 + more }, (_, index) => index * 3);
        const { count, targets } = slidingWindows(ids, { length, stride });
        const stitched = stitchWindows(targets, { length, stride });
        expect([...stitched]).toEqual([...ids.subarray(1, 1 + length + (count - 1) * stride)]);
      }),
    );
  });

  test('takes all of the first window, then the last of each other (lab case 16)', () => {
    const vocabulary = createVocabulary(ship);
    const { targets } = slidingWindows(vocabulary.encode(ship), { length: 10 });
    expect(vocabulary.decode(stitchWindows(targets, { length: 10 }))).toBe(ship.slice(1));
    expect([...stitchWindows(Int32Array.of(1, 2, 3, 9, 9, 4), { length: 3 })]).toEqual([1, 2, 3, 4]);
  });

  test('refuses broken windows and gaps', () => {
    expect(messageOf(() => stitchWindows(new Int32Array(5), { length: 2 }))).toContain('whole windows of 2');
    expect(messageOf(() => stitchWindows(new Int32Array(0), { length: 2 }))).toContain('whole windows of 2');
    expect(messageOf(() => stitchWindows(new Int32Array(4), { length: 2, stride: 3 }))).toContain('3 apart');
  });
});

describe('forecastWindows', () => {
  test("cuts the lab's 732 rows into 725 windows of 7", () => {
    const windows = forecastWindows(new Float64Array(732 * 5), { features: 5, window: 7, targetColumn: 4 });
    expect([windows.count, windows.inputs.length, windows.targets.length]).toEqual([725, 725 * 7 * 5, 725]);
  });

  test('shows no window a row at or after its targets, and every target the row it says', () => {
    const shape = fc.record({
      features: fc.integer({ min: 1, max: 4 }),
      window: fc.integer({ min: 1, max: 5 }),
      horizon: fc.integer({ min: 1, max: 4 }),
      stride: fc.integer({ min: 1, max: 4 }),
      more: fc.nat(20),
    });
    fc.assert(
      fc.property(shape, fc.nat(3), ({ features, window, horizon, stride, more }, column) => {
        const targetColumn = column % features;
        // Every value tells its row and column.
        const values = Float64Array.from(
          { length: (window + horizon + more) * features },
          (_, index) => index,
        );
        const rowOf = (value: number) => Math.floor(value / features);
        const result = forecastWindows(values, { features, window, horizon, stride, targetColumn });
        expect(result.count).toBe(Math.floor(more / stride) + 1);
        for (let index = 0; index < result.count; index++) {
          const first = result.targetRows[index]!;
          const size = window * features;
          const rows = [...result.inputs.subarray(index * size, (index + 1) * size)].map(rowOf);
          expect([rows[0], rows.at(-1)]).toEqual([first - window, first - 1]);
          for (let ahead = 0; ahead < horizon; ahead++) {
            expect(result.targets[index * horizon + ahead]).toBe((first + ahead) * features + targetColumn);
          }
        }
      }),
    );
  });

  test('refuses too few rows, broken rows and values that are not finite', () => {
    const options = { features: 2, window: 3, targetColumn: 1 };
    expect(messageOf(() => forecastWindows(new Float32Array(6), options))).toBe(
      'forecastWindows: expected at least 4 rows for a window of 3 and a horizon of 1, got 3: reduce the window or the horizon, or pass more rows',
    );
    expect(messageOf(() => forecastWindows(new Float32Array(9), options))).toContain(
      'whole rows of 2 columns',
    );
    expect(messageOf(() => forecastWindows(new Float32Array(8), { ...options, targetColumn: 2 }))).toContain(
      '0 … 1',
    );
    const values = new Float32Array(8);
    values[5] = Number.NaN;
    expect(messageOf(() => forecastWindows(values, options))).toContain('got NaN at row 2, column 1');
  });
});

describe('concatenateWindows', () => {
  test('joins series, and no window crosses from one into the next', () => {
    const lengths = fc.array(fc.integer({ min: 5, max: 12 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 3 }), (rows, stride) => {
        // Every value tells its series.
        const parts = rows.map((count, series) =>
          forecastWindows(new Float64Array(count * 2).fill(series), {
            features: 2,
            window: 3,
            horizon: 2,
            targetColumn: 1,
            stride,
          }),
        );
        const { count, inputs, targets, targetRows, series } = concatenateWindows(parts);
        expect(count).toBe(parts.reduce((sum, part) => sum + part.count, 0));
        for (let index = 0; index < count; index++) {
          expect(new Set(inputs.subarray(index * 6, (index + 1) * 6))).toEqual(new Set([series[index]]));
          expect(new Set(targets.subarray(index * 2, (index + 1) * 2))).toEqual(new Set([series[index]]));
        }
        expect([...targetRows]).toEqual(parts.flatMap((part) => [...part.targetRows]));
      }),
    );
  });

  test('refuses none, and series that are not alike', () => {
    expect(messageOf(() => concatenateWindows([]))).toContain('at least one series, got none');
    const [one, other] = [3, 4].map((window) =>
      forecastWindows(new Float64Array(6), { features: 1, window, targetColumn: 0 }),
    );
    expect(messageOf(() => concatenateWindows([one!, other!]))).toBe(
      'concatenateWindows: expected windows of 3 rows, 1 features and a horizon of 1, as in the first series, got 4, 1 and 1 in series 1: create all windows with the same options',
    );
  });
});

describe('oneHot', () => {
  test('has a one at each id', () => {
    expect([...oneHot(Uint8Array.of(2, 0), 3)]).toEqual([0, 0, 1, 1, 0, 0]);
    expect(oneHot(new Int32Array(0), 3).length).toBe(0);
  });

  test('refuses ids out of range and results that no memory holds', () => {
    expect(messageOf(() => oneHot(Int32Array.of(0, 3), 3))).toBe(
      'oneHot: expected ids in 0 … 2, got 3 at position 1: increase the depth, or check where this id comes from',
    );
    expect(messageOf(() => oneHot([0, 0.5], 3))).toContain('got 0.5 at position 1');
    expect(messageOf(() => oneHot(new Uint8Array(2 ** 20), 2 ** 40))).toContain('fits in memory');
  });
});

describe('padSequences', () => {
  test('fills up ids', () => {
    const padded = padSequences([Int32Array.of(1, 2, 3), [], Uint8Array.of(4)], { value: 9, length: 4 });
    expect([...padded.values]).toEqual([1, 2, 3, 9, 9, 9, 9, 9, 4, 9, 9, 9]);
    expect(padded.lengths).toEqual([3, 0, 1]);
    expect([...padded.weights]).toEqual([1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
    expect([padded.count, padded.length]).toEqual([3, 4]);
  });

  test('fills up steps of several features', () => {
    const padded = padSequences([Float32Array.of(1.5, 2), Float32Array.of(3, 4, 5, 6)], { features: 2 });
    expect(padded.values).toEqual(Float32Array.of(1.5, 2, 0, 0, 3, 4, 5, 6));
    expect(padded.lengths).toEqual([1, 2]);
  });

  test('keeps every sequence before its padding', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 1, max: 99 })), { minLength: 1 }),
        fc.nat(3),
        (rows, extra) => {
          const longest = Math.max(...rows.map((row) => row.length));
          fc.pre(longest + extra > 0);
          const { values, lengths, length } = padSequences(rows, { length: longest + extra, value: -1 });
          for (const [row, sequence] of rows.entries()) {
            const padded = [...values.subarray(row * length, (row + 1) * length)];
            expect(padded).toEqual([...sequence, ...new Array(length - sequence.length).fill(-1)]);
            expect(lengths[row]).toBe(sequence.length);
          }
        },
      ),
    );
  });

  test('never cuts a sequence or a number', () => {
    expect(messageOf(() => padSequences([[1], [1, 2, 3]], { length: 2 }))).toBe(
      'padSequences: expected sequences of at most 2 steps, got 3 steps at row 1: truncate the sequence, or increase the length',
    );
    expect(messageOf(() => padSequences([]))).toContain('at least one sequence');
    expect(messageOf(() => padSequences([[], []]))).toContain('padded length');
    expect(messageOf(() => padSequences([[1, 0.5]]))).toContain('whole numbers as ids');
    expect(messageOf(() => padSequences([new Float32Array(3)], { features: 2 }))).toContain(
      'whole steps of 2',
    );
    expect(messageOf(() => padSequences([new Float32Array(2), [1]] as never))).toContain(
      'a Float32Array in every row',
    );
  });
});

test('rows in arrays of their own are refused, with the remedy', () => {
  const options = { features: 2, window: 1, targetColumn: 0 };
  const remedy = 'got an array of arrays: pass rows.flat()';
  expect(
    messageOf(() =>
      forecastWindows(
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ] as never,
        options,
      ),
    ),
  ).toContain(remedy);
  expect(
    messageOf(() =>
      fitStandardScaler(
        [
          [1, 2],
          [3, 4],
        ] as never,
        { columns: 2 },
      ),
    ),
  ).toContain(remedy);
});
