const DAY = 86_400_000;

/** Ranges of the usual number of days between rows, and the number of such rows in a year. */
const SPACINGS: readonly (readonly [least: number, most: number, season: number])[] = [
  [6, 8, 52],
  [13, 16, 26],
  [27, 32, 12],
  [55, 65, 6],
  [85, 95, 4],
  [175, 190, 2],
];

/** Seasons that are tried if no date determines one. */
const USUAL = [4, 5, 7, 12, 24, 52];

const ROUNDING = 1e-12;

/**
 * Another season is chosen if its squared errors are below this share of the errors of a season of 5. For a
 * random walk the errors grow with the season, so 4 has 4/5 of the errors of 5.
 */
const CLEARLY = 0.7;

/** The season if nothing determines one: the days of a trading week. */
const WEEK = 5;

/**
 * The seasonal period in rows, by the usual time between the dates: 12 for months, 4 for quarters, 52 for
 * weeks, 7 for days, 5 for days without weekends, and for shorter times the number of rows in a day. Without
 * dates, or for other times, it is one of 4, 7, 12, 24 and 52 if its seasonal naive forecast was clearly
 * better in the training rows than that of 5, otherwise 5. If the dates give a season, and the training rows
 * are shorter than two seasons, it is 1: the seasonal naive forecast is then the last value.
 *
 * @param dates ISO texts of all rows, oldest first
 * @param training the target's training rows
 */
export function seasonOf(dates: readonly string[] | undefined, training: Float64Array): number {
  const season = dates && dates.length > 2 ? seasonOfDates(dates) : undefined;
  if (season === undefined) return bestSeason(training);
  return 2 * season <= training.length ? season : 1;
}

function seasonOfDates(dates: readonly string[]): number | undefined {
  const times = dates.map((date) => Date.parse(date));
  const steps = times.slice(1).map((time, at) => time - times[at]!);
  const usual = steps.toSorted((a, b) => a - b)[Math.floor((steps.length - 1) / 2)]!;
  if (!(usual > 0)) return undefined;
  if (usual < 0.9 * DAY) return rowsOfADay(dates);
  if (usual < 1.5 * DAY) return onWeekends(times) ? 7 : WEEK;
  const days = usual / DAY;
  if (days > 350 && days < 380) return 1;
  return SPACINGS.find(([least, most]) => days >= least && days <= most)?.[2];
}

/**
 * Whether more than a tenth of the rows fall on weekends. A few single days do not count as a weekly rhythm.
 */
function onWeekends(times: readonly number[]): boolean {
  const weekend = times.filter((time) => new Date(time).getUTCDay() % 6 === 0).length;
  return weekend / times.length > 0.1;
}

/** The median number of rows in a day. */
function rowsOfADay(dates: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const date of dates) counts.set(date.slice(0, 10), (counts.get(date.slice(0, 10)) ?? 0) + 1);
  const sorted = [...counts.values()].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)]!;
}

function bestSeason(values: Float64Array): number {
  const seasons = USUAL.filter((season) => 2 * season <= values.length);
  const longest = seasons.at(-1) ?? 0;
  const errorOf = (season: number) => {
    let error = 0;
    for (let at = longest; at < values.length; at++) error += (values[at]! - values[at - season]!) ** 2;
    return error;
  };
  if (!seasons.includes(WEEK)) return Math.min(WEEK, values.length);
  const rounding = ROUNDING * values.reduce((sum, value) => sum + value ** 2, 0);
  let best = { season: WEEK, error: CLEARLY * errorOf(WEEK) };
  for (const season of seasons) {
    const error = errorOf(season);
    // Twice a season repeats as exactly as the season itself, apart from rounding.
    if (error < 0.99 * best.error - rounding) best = { season, error };
  }
  return best.season;
}
