import { frequencyName, isSeasonal, usualSeasons } from '@unrolled/forecasting';
import type { Input } from '../read/input';

/** Seasons that are tested in series without dates. */
const TRIED = [4, 7, 12, 24, 52];
/** Number of series that are checked. */
const MOST_SERIES = 50;
const SEASONS_NEEDED = 3;

/** The number of steps after which the series repeat, and the reason for the choice. */
export interface ChosenSeason {
  readonly season: number;
  readonly reason: string;
}

/**
 * Chooses the season: `given`, if it is defined. With dates, it is the frequency's shortest usual season, if
 * a series of median length has at least three of them. Without dates, it is the season that shows most
 * clearly, of those that most series show.
 *
 * @param before the values of each series before the oldest fold
 */
export function chooseSeason(
  given: number | undefined,
  { frequency, series }: Pick<Input, 'frequency' | 'series'>,
  before: readonly Float64Array[],
): ChosenSeason {
  if (given !== undefined) return { season: given, reason: 'as given' };
  const lengths = series.map(({ values }) => values.length).sort((a, b) => a - b);
  const usual = lengths[Math.floor(lengths.length / 2)]!;
  if (frequency) {
    const [season] = usualSeasons(frequency);
    const name = frequencyName(frequency);
    if (season === undefined) return { season: 1, reason: `${name} series usually have none` };
    if (usual >= SEASONS_NEEDED * season) return { season, reason: `usual for ${name} series` };
    return { season: 1, reason: `half of the series are shorter than three seasons of ${season} steps` };
  }
  const step = Math.max(1, Math.floor(before.length / MOST_SERIES));
  const some = before.filter((_, at) => at % step === 0).map(withoutHoles);
  const shown = TRIED.flatMap((season) => {
    const strengths = some.map((values) => strengthOf(values, season)).filter((strength) => strength > 0);
    return strengths.length > some.length / 2 ? [{ season, strength: mean(strengths) }] : [];
  });
  if (shown.length === 0) return { season: 1, reason: 'most series show no season before the test' };
  // A multiple of a season shows, too, but with a lower autocorrelation.
  const { season } = shown.reduce((best, one) => (one.strength > best.strength ? one : best));
  return { season, reason: 'most series show it before the test' };
}

/**
 * The autocorrelation of the changes at the season, or 0 if it may be chance. `isSeasonal` also accepts a
 * negative one, which is that of half a season.
 */
function strengthOf(values: Float64Array, season: number): number {
  const changes = changesOf(values);
  if (values.length < SEASONS_NEEDED * season || !isSeasonal(changes, season)) return 0;
  const centre = mean(changes);
  const covariance = (lag: number) =>
    changes.reduce(
      (sum, change, at) => (at < lag ? sum : sum + (change - centre) * (changes[at - lag]! - centre)),
      0,
    );
  return covariance(season) / covariance(0);
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at]!;
  return sum / values.length;
}

/** Differences of neighbouring values. They remove a trend, which would look like any season. */
function changesOf(values: Float64Array): Float64Array {
  return values.slice(1).map((value, at) => value - values[at]!);
}

function withoutHoles(values: Float64Array): Float64Array {
  let last = 0;
  return values.map((value) => {
    if (!Number.isNaN(value)) last = value;
    return last;
  });
}
