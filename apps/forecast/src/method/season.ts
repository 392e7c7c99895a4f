import { type Frequency, frequencyName, isSeasonal, usualSeasons } from '@unrolled/forecasting';

/** Seasons that are looked for in series without dates. */
const TRIED = [4, 7, 12, 24, 52];
/** Number of series that are checked. */
const MOST_SERIES = 50;
const SEASONS_NEEDED = 3;

/** The steps after which the series repeat, and how that is known. */
export interface ChosenSeason {
  readonly season: number;
  readonly reason: string;
}

/**
 * The season as given, or the shortest usual one of the frequency that the usual series holds three times, or
 * without dates the one that most series show.
 *
 * @param lengths of all series
 */
export function chooseSeason(
  given: number | undefined,
  frequency: Frequency | undefined,
  series: readonly { readonly values: Float64Array }[],
): ChosenSeason {
  if (given !== undefined) return { season: given, reason: 'as given' };
  const lengths = series.map(({ values }) => values.length).sort((a, b) => a - b);
  const usual = lengths[Math.floor(lengths.length / 2)]!;
  if (frequency) {
    const [season] = usualSeasons(frequency);
    const name = frequencyName(frequency);
    if (season === undefined) return { season: 1, reason: `${name} series usually have none` };
    if (usual >= SEASONS_NEEDED * season) return { season, reason: `usual of ${name} series` };
    return { season: 1, reason: `half of the series are shorter than three of ${season} steps` };
  }
  const step = Math.max(1, Math.floor(series.length / MOST_SERIES));
  const some = series.filter((_, at) => at % step === 0).map(({ values }) => withoutHoles(values));
  const shares = TRIED.map((season) => some.filter((values) => shows(values, season)).length / some.length);
  const most = Math.max(...shares);
  if (most <= 0.5) return { season: 1, reason: 'none that most series show' };
  return { season: TRIED[shares.lastIndexOf(most)]!, reason: 'what most series show' };
}

function shows(values: Float64Array, season: number): boolean {
  return values.length >= SEASONS_NEEDED * season && isSeasonal(changesOf(values), season);
}

/** A trend looks like any season. */
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
