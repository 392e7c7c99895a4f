/** The calibration of intervals by errors on values that a first training did not see. */
import { type ConformalizedQuantilesJson, conformalizeQuantiles } from '@unrolled/forecasting';
import { refuse } from '../refuse';
import { type Fit, fitMembers, forecastScaled } from './fit-members';
import type { CheckedGlobal } from './global-series';
import { quantilesOf } from './global-settings';

/** Minimum number of training rows of a series, in addition to the horizon. */
const FEWEST_KNOWN = 2;
/** Maximum number of forecast origins for the calibration of few series. */
const MOST_ORIGINS = 60;
/**
 * The errors of few series depend on each other, so this factor increases the number of errors that the
 * highest level needs.
 */
const OF_FEW = 1.5;

/** A series up to an origin, and the true values after it. */
interface Stretch {
  readonly known: CheckedGlobal;
  /** [horizon], all known. */
  readonly truth: Float64Array;
}

/** The series of a first training, and the values after them, by origin. */
interface Held {
  readonly older: readonly CheckedGlobal[];
  readonly stretches: readonly (readonly Stretch[])[];
  readonly count: number;
}

/**
 * Margins from the newest values of each series, which a first training did not see (conformalized quantiles,
 * Romano et al., 2019). They come from one origin of each series if that gives enough errors for the levels,
 * otherwise from several origins, one step apart.
 *
 * @returns an empty list without levels, if `conformal` is false, and by default if there are too few values
 * @throws UnrolledError if there are too few values and `conformal` is true
 */
export async function calibrate(
  series: readonly CheckedGlobal[],
  fit: Fit,
): Promise<ConformalizedQuantilesJson[]> {
  const { scope, settings } = fit;
  const { horizon, levels, conformal } = settings;
  if (levels.length === 0 || conformal === false) return [];
  const level = Math.max(...levels);
  const least = Math.ceil(level / (1 - level) - 1e-9);
  const held = heldFor(series, horizon, least);
  if (held.count < least) {
    if (conformal === undefined) return [];
    refuse(scope, {
      expected: `at least ${least} stretches of \`horizon\` known values for \`conformal\` and \`levels\`, each after ${horizon + FEWEST_KNOWN} rows of its series`,
      got: String(held.count),
      remedy: 'lower `levels`, pass more series or longer ones, or leave `conformal` out',
    });
  }
  const fitted = await fitMembers(held.older, fit);
  const truth: number[] = [];
  const ends = levels.map(() => ({ lower: [] as number[], upper: [] as number[] }));
  const quantiles = quantilesOf(levels);
  for (const stretches of held.stretches) {
    const known = stretches.map((stretch) => stretch.known);
    const { places, scaled } = forecastScaled(known, { settings, ...fitted }, settings.seed);
    for (const [at, place] of places.entries()) {
      if (!place) continue;
      const { location, scale } = place.level;
      for (const value of stretches[at]!.truth) truth.push((value - location) / scale);
      for (const [k, share] of levels.entries()) {
        ends[k]!.lower.push(...scaled[at]!.quantiles[quantiles.indexOf((1 - share) / 2)]!);
        ends[k]!.upper.push(...scaled[at]!.quantiles[quantiles.indexOf((1 + share) / 2)]!);
      }
    }
  }
  if (truth.length < least * horizon && conformal === undefined) return [];
  return levels.map((share, k) =>
    conformalizeQuantiles({ truth, ...ends[k]!, level: share, horizon }).toJSON(),
  );
}

/** Uses the smallest number of origins that gives enough errors, or the number that gives the most. */
function heldFor(series: readonly CheckedGlobal[], horizon: number, least: number): Held {
  let best = heldWith(series, horizon, 1);
  if (best.count >= least) return best;
  for (let origins = 2; origins <= MOST_ORIGINS; origins++) {
    const held = heldWith(series, horizon, origins);
    if (held.count > best.count) best = held;
    if (held.count >= OF_FEW * least) break;
  }
  return best;
}

function heldWith(series: readonly CheckedGlobal[], horizon: number, origins: number): Held {
  const rows = horizon + origins - 1;
  const stretches: Stretch[][] = Array.from({ length: origins }, () => []);
  const older = series.filter((one) => {
    const start = one.values.length - rows;
    if (start < horizon + FEWEST_KNOWN) return false;
    const own = stretches.map((_, origin): Stretch => {
      const count = start + origin;
      return { known: upTo(one, count), truth: one.values.subarray(count, count + horizon) };
    });
    const whole = own.map(({ truth }) => !truth.some(Number.isNaN));
    for (const [origin, stretch] of own.entries()) if (whole[origin]) stretches[origin]!.push(stretch);
    return whole.includes(true);
  });
  return {
    older: older.map((one) => upTo(one, one.values.length - rows)),
    ...{ stretches, count: stretches.flat().length },
  };
}

const upTo = (one: CheckedGlobal, count: number): CheckedGlobal => ({
  ...one,
  values: one.values.subarray(0, count),
  past: one.past.map((column) => column.subarray(0, count)),
});
