/** The numbers of Optuna and SciPy, made by fixtures/make_sweeps.py. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ParameterValue, type SearchSpace, sobolSampler, successiveHalvingPruner } from '../src';
import { parzenEstimator } from '../src/samplers/tpe/parzen-estimator';
import { splitTrials } from '../src/samplers/tpe/split';
import { bestCandidate } from '../src/samplers/tpe/tpe';
import { float } from '../src/space';
import type { Direction, TrialRecord } from '../src/trial';

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../fixtures/sweeps/${name}.json`, import.meta.url), 'utf8'));

interface TpeCase {
  readonly name: string;
  readonly direction: Direction;
  readonly space: SearchSpace;
  readonly trials: readonly TrialRecord[];
  readonly below: readonly number[];
  readonly above: readonly number[];
  readonly weights: readonly (readonly number[])[];
  readonly kernels: readonly (readonly { centres?: readonly number[]; widths?: readonly number[] }[])[];
  readonly candidates: readonly Readonly<Record<string, ParameterValue>>[];
  readonly logDensities: readonly (readonly number[])[];
  readonly best: Readonly<Record<string, ParameterValue>>;
}

function expectClose(got: readonly number[], wanted: readonly number[]) {
  expect(got.length).toBe(wanted.length);
  for (const [index, value] of wanted.entries())
    expect(Math.abs(got[index]! - value)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(value)));
}

describe('tpe beside Optuna', () => {
  it.each(read('tpe') as TpeCase[])('$name', (one) => {
    const names = Object.keys(one.space);
    const { below, above } = splitTrials(one.trials, one.direction);
    expect(below.map(({ number }) => number)).toEqual(one.below);
    expect(above.map(({ number }) => number)).toEqual(one.above);
    const estimators = [below, above].map((part) =>
      parzenEstimator(
        names.map((name) => one.space[name]!),
        names.map((name) => part.map(({ parameters }) => parameters[name]!)),
        1,
      ),
    );
    const candidates = one.candidates.map((candidate) => names.map((name) => candidate[name]!));
    for (const [index, estimator] of estimators.entries()) {
      expectClose(estimator.weights, one.weights[index]!);
      for (const [place, { centres, widths }] of one.kernels[index]!.entries()) {
        if (!centres) continue;
        expectClose(estimator.kernels[place]!.centres!, centres);
        expectClose(estimator.kernels[place]!.widths!, widths!);
      }
      expectClose(
        candidates.map((values) => estimator.logDensity(values)),
        one.logDensities[index]!,
      );
    }
    const best = bestCandidate(candidates, estimators[0]!, estimators[1]!);
    expect(best).toEqual(names.map((name) => one.best[name]));
  });
});

describe('successive halving beside Optuna', () => {
  interface HalvingCase {
    readonly reductionFactor: number;
    readonly minimumSteps: number;
    readonly skippedRungs: number;
    readonly direction: Direction;
    readonly reports: readonly (readonly [number, number, number, boolean])[];
  }
  it.each(read('successive_halving') as HalvingCase[])(
    'factor $reductionFactor',
    ({ direction, reports, ...rest }) => {
      const pruner = successiveHalvingPruner(rest);
      const trials: TrialRecord[] = [];
      for (const [number, step, value, pruned] of reports) {
        const before = trials[number] ?? { number, parameters: {}, state: 'running', reports: [] };
        trials[number] = { ...before, reports: [...before.reports, { step, value }] };
        expect(pruner.shouldPrune({ trial: trials[number], trials, direction })).toBe(pruned);
      }
    },
  );
});

it("points of Sobol's sequence are SciPy's", () => {
  const points = read('sobol') as number[][];
  const space = Object.fromEntries(points[0]!.map((_, index) => [`x${index}`, float(0, 1)]));
  const sampler = sobolSampler({ scramble: false });
  for (const [number, point] of points.entries()) {
    const parameters = sampler.sample({ space, number, direction: 'minimize', trials: [] });
    expect(Object.values(parameters)).toEqual(point);
  }
});
