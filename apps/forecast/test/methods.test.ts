import { random } from '@unrolled/cells';
import { describe, expect, test } from 'vitest';
import { hybridMethod } from '../src/method/hybrid';
import { asCounts, type ModelSeries, upTo } from '../src/method/method';
import { intervalVerdict } from '../src/report/summary';

const HORIZON = 3;

test('a fold calibrated by the fit of the previous fold has the bits of a fold fitted separately', async () => {
  const series = Array.from({ length: 3 }, (_, at): ModelSeries => {
    const { normal } = random(at + 1);
    const none = { known: {}, past: {}, staticNumbers: {}, staticCategories: {} };
    return {
      name: `s${at}`,
      values: Float64Array.from({ length: 24 }, (__, t) => 50 + t + normal()),
      ...none,
    };
  });
  const until = (known: number) => series.map((one) => upTo(one, known, HORIZON));
  const settings = { horizon: HORIZON, season: 1, seed: 1, units: 2, epochs: 1, history: 300 };
  const walk = () => hybridMethod({ ...settings, levels: [0.5], areCounts: false });
  const method = walk();
  const [first] = (await method.fit(until(18))).forecast(until(18));
  const again = (await method.fit(until(21))).forecast(until(21));
  expect(again).toEqual((await walk().fit(until(21))).forecast(until(21)));
  expect(again[0]!.values).not.toEqual(first!.values);
  expect(again[0]!.intervals).toHaveLength(1);
});

describe('intervals', () => {
  test('of counts end at whole numbers, and none is below 0', () => {
    const values = Float64Array.of(-0.2, 0.4);
    const [lower, upper] = [Float64Array.of(-1, 0.2), Float64Array.of(0.3, 0.6)];
    const { intervals, ...forecast } = asCounts({
      ...{ name: 'a', by: 'network', values, intervals: [{ level: 0.8, lower, upper }] },
    });
    expect([...forecast.values]).toEqual([0, 0.4]);
    expect([...intervals[0]!.lower, ...intervals[0]!.upper]).toEqual([0, 0, 1, 1]);
  });

  test('are judged by their coverage', () => {
    const verdict = (coverage: number, msis = 1, forecasts = 1000) =>
      intervalVerdict({ level: 0.8, coverage, msis }, forecasts);
    expect([0.7, 0.78, 0.9].map((coverage) => verdict(coverage).slice(0, 10))).toEqual([
      ...['too narrow', 'as promise', 'wider than'],
    ]);
    // Whether errors are above or below a tiny width tells nothing.
    expect(verdict(0.5, 0.001)).toMatch(/^exact/);
    expect(verdict(0.7, 1, 24)).toBe('about as promised: with 24 values the difference may be chance');
    expect(verdict(0.5, 1, 24)).toMatch(/^too narrow/);
  });
});
