import type { OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions, refuse } from '../refuse';
import { errorSizeOf, fitErrorSizes, type PastErrors } from './error-sizes';
import { errorInputsOf, examplesOf, fewestKnown } from './examples';
import type { HybridCalibration, HybridData } from './hybrid-data';
import { hybridNetwork } from './hybrid-network';
import { type CheckedSeries, checkHybridSeries, type HybridSeries } from './hybrid-series';
import { type HybridSettings, type ResolvedHybrid, resolveHybrid } from './hybrid-settings';
import { forecastHybrid } from './train-hybrid';

/** The networks whose errors are measured. */
export type HybridFit = Pick<HybridData, 'settings' | 'categories' | 'members'>;

const FIT_KINDS: OptionKinds<HybridFit> = { settings: 'object', categories: 'array', members: 'array' };

/**
 * The errors of few series depend on each other, so this factor increases the number of errors that a level
 * needs.
 */
const OF_FEW = 1.5;
/** Maximum number of held-back values in addition to a horizon. */
const MOST_MORE = 60;
/** Number of series whose examples are in memory at the same time. */
const AT_ONCE = 200;

/** Number of errors at each step that an interval of a level needs. */
export const leastErrors = (level: number) => Math.ceil(level / (1 - level) - 1e-9);

/**
 * Number of newest values of each series that the forecaster for the calibration must not see: a horizon, or
 * more if there are few series.
 */
function heldBack(series: readonly CheckedSeries[], { levels, horizon, season }: ResolvedHybrid): number {
  const wanted = OF_FEW * leastErrors(Math.max(...levels));
  const errorsWith = (held: number) =>
    held * series.filter(({ values }) => values.length > held + fewestKnown(season)).length;
  let best = horizon;
  for (let held = horizon; held <= horizon + MOST_MORE; held++) {
    if (errorsWith(held) > errorsWith(best)) best = held;
    if (errorsWith(best) >= wanted) break;
  }
  return best;
}

/**
 * Calibrates intervals on the newest values of all series, with a forecaster that was fitted without them.
 * Each of these values is forecast from every origin before it, so for each series a step has one error for
 * each held-back value. An error is divided by the size that a regression on older origins predicts for it
 * (`error-sizes.ts`); a step's margin is the ⌈(n + 1)·level⌉-th smallest of its n quotients.
 *
 * `fitHybridForecaster` does this for its `levels`. Call this function if you already have a forecaster that
 * was fitted to the older values, such as that of an earlier fold, and pass the result to
 * `forecaster.withIntervals(calibration)`.
 *
 * @param series as for `fitHybridForecaster`
 * @param settings those of the fit; `levels` are the intervals'
 * @param fit returns a forecaster that was fitted to the series without their newest `held` values, or
 *   undefined if there is none
 * @returns undefined if there are too few errors for every level; levels that need more errors are left out
 * @throws UnrolledError if a setting or a series is invalid
 */
export async function calibrateHybrid(
  series: readonly HybridSeries[],
  settings: HybridSettings,
  fit: (held: number) => Promise<HybridFit | undefined>,
): Promise<HybridCalibration | undefined> {
  const scope = 'calibrateHybrid';
  const resolved = resolveHybrid(scope, settings);
  const checked = checkHybridSeries(scope, series);
  checkKind(scope, 'fit', fit, 'function');
  return calibrated(checked, resolved, async (held) => {
    const fitted = await fit(held);
    if (fitted === undefined) return undefined;
    checkOptions(scope, fitted, FIT_KINDS, true);
    const words = ({ horizon, season }: ResolvedHybrid) => `horizon ${horizon} and season ${season}`;
    const [expected, got] = [words(resolved), words(resolveHybrid(scope, fitted.settings))];
    if (expected === got) return fitted;
    return refuse(scope, {
      expected: `a forecaster of ${expected}`,
      got,
      remedy: 'fit it with these settings',
    });
  });
}

/** {@link calibrateHybrid} for checked series and settings. */
export async function calibrated(
  series: readonly CheckedSeries[],
  settings: ResolvedHybrid,
  fit: (held: number) => Promise<HybridFit | undefined>,
): Promise<HybridCalibration | undefined> {
  const { horizon, levels } = settings;
  if (levels.length === 0) return undefined;
  const held = heldBack(series, settings);
  const isLong = ({ values }: CheckedSeries) => values.length > held + fewestKnown(settings.season);
  if (!series.some(isLong)) return undefined;
  const fitted = await fit(held);
  if (!fitted) return undefined;
  const whole: PastErrors[] = [];
  const newest: { past: PastErrors; from: number }[] = [];
  for (let from = 0; from < series.length; from += AT_ONCE) {
    const some = series.slice(from, from + AT_ONCE);
    for (const { past, end, known } of pastErrors(some, from, settings, held, fitted)) {
      if (known + horizon <= end) whole.push(past);
      // Its first step is a held-back value.
      if (known + horizon > end - held) newest.push({ past, from: Math.max(0, end - held - known) });
    }
  }
  if (whole.length === 0) return undefined;
  const sizes = fitErrorSizes(whole);
  const steps = Array.from({ length: horizon }, (): number[] => []);
  for (const { past, from } of newest) {
    const size = errorSizeOf(sizes, past.inputs);
    for (let h = from; h < horizon; h++)
      if (!Number.isNaN(past.errors[h]!)) steps[h]!.push(past.errors[h]! / size);
  }
  const quotients = steps.map((values) => Float64Array.from(values).sort());
  const margins = levels
    .filter((level) => quotients.every(({ length }) => length >= leastErrors(level)))
    .map((level) => ({ level, margin: quotients.map((values) => quantileOf(values, level)) }));
  return margins.length > 0 ? { sizes, margins } : undefined;
}

/** The errors of some series from each origin whose next value is known. */
function pastErrors(
  series: readonly CheckedSeries[],
  first: number,
  { origins, season }: ResolvedHybrid,
  held: number,
  fitted: HybridFit,
) {
  const shape = { ...fitted.settings, categories: fitted.categories };
  const network = hybridNetwork(shape, shape.units);
  const examples = series.flatMap(({ values, category }, at) => {
    const end = values.length;
    const from = Math.max(fewestKnown(season), end - held - origins);
    const own = Array.from({ length: Math.max(0, end - from) }, (_, step) => from + step);
    return examplesOf(values, own, shape, first + at, category);
  });
  const there = examples.filter(({ weights }) => weights.some((weight) => weight > 0));
  const forecasts = forecastHybrid(network, fitted.members, there);
  return there.map((example, at) => {
    const { targets, weights, known } = example;
    const errors = Float64Array.from(targets, (target, h) =>
      weights[h]! > 0 ? Math.abs(target - forecasts[at]![h]!) : Number.NaN,
    );
    const past = { series: example.series, inputs: errorInputsOf(example), errors };
    return { past, known, end: series[example.series - first]!.values.length };
  });
}

/** The ⌈(n + 1)·level⌉-th smallest. */
const quantileOf = (sorted: Float64Array, level: number) =>
  sorted[Math.max(1, Math.ceil((sorted.length + 1) * level - 1e-9)) - 1]!;
