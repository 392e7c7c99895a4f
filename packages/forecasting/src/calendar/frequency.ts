import { quoted } from '@unrolled/errors';
import { checkKind, checkOptions, refuse } from '../refuse';

const UNITS = ['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] as const;

export type FrequencyUnit = (typeof UNITS)[number];

/** The distance between the values of a series. Plain JSON. */
export interface Frequency {
  readonly unit: FrequencyUnit;
  /** Number of units from one value to the next, such as 15 minutes. */
  readonly count: number;
  /** For days, the days of the week with a value, ascending, 0 Sunday; undefined for all. */
  readonly weekdays?: readonly number[];
}

const KINDS = { unit: 'string', count: 'positive integer', weekdays: 'array?' } as const;

export const BUSINESS_DAYS: readonly number[] = [1, 2, 3, 4, 5];

const LONG: Readonly<Record<string, Frequency>> = {
  hourly: { unit: 'hour', count: 1 },
  daily: { unit: 'day', count: 1 },
  'business-daily': { unit: 'day', count: 1, weekdays: BUSINESS_DAYS },
  weekly: { unit: 'week', count: 1 },
  monthly: { unit: 'month', count: 1 },
  quarterly: { unit: 'quarter', count: 1 },
  yearly: { unit: 'year', count: 1 },
};

/** The notation of pandas. */
const SHORT: Readonly<Record<string, FrequencyUnit | 'business day'>> = {
  ...{ s: 'second', min: 'minute', T: 'minute', h: 'hour', H: 'hour', D: 'day', d: 'day', B: 'business day' },
  ...{
    W: 'week',
    w: 'week',
    M: 'month',
    ME: 'month',
    MS: 'month',
    Q: 'quarter',
    QE: 'quarter',
    QS: 'quarter',
  },
  ...{ Y: 'year', YE: 'year', YS: 'year', A: 'year' },
};

/**
 * The frequency that a text names: `hourly`, `daily`, `business-daily`, `weekly`, `monthly`, `quarterly`,
 * `yearly`, or as pandas writes it, `15min`, `2h`, `D`, `B`, `W`, `M`, `Q`, `Y`.
 *
 * @throws UnrolledError for another text
 */
export function frequencyOf(name: string): Frequency {
  const scope = 'frequencyOf';
  checkKind(scope, 'name', name, 'string');
  if (Object.hasOwn(LONG, name)) return LONG[name]!;
  const [, digits = '', short = ''] = /^([1-9]\d{0,3})?([A-Za-z]+)$/.exec(name) ?? [];
  const unit = Object.hasOwn(SHORT, short) ? SHORT[short]! : undefined;
  const count = digits === '' ? 1 : Number(digits);
  if (unit === 'business day' && count === 1) return LONG['business-daily']!;
  if (unit === undefined || unit === 'business day')
    return refuse(scope, {
      expected: `a frequency, ${Object.keys(LONG).join(', ')}, or a number with s, min, h, D, W, M, Q or Y`,
      got: quoted(name),
      remedy: 'write such as 15min or monthly',
    });
  return { unit, count };
}

const LETTERS: Readonly<Record<FrequencyUnit, string>> = {
  ...{ second: 's', minute: 'min', hour: 'h', day: 'D', week: 'W', month: 'M', quarter: 'Q', year: 'Y' },
};

/**
 * The name of a frequency: `hourly`, `15min`. `frequencyOf` reads it, except for days of the week other than
 * Monday to Friday: `daily, 6 days a week`.
 */
export function frequencyName(frequency: Frequency): string {
  checkFrequency('frequencyName', frequency);
  const { unit, count, weekdays } = frequency;
  const days = String(weekdays);
  const known = Object.keys(LONG).find((name) => {
    const one = LONG[name]!;
    return one.unit === unit && one.count === count && String(one.weekdays) === days;
  });
  return known ?? (weekdays ? `daily, ${weekdays.length} days a week` : `${count}${LETTERS[unit]}`);
}

/** Refuses a value that is not a frequency. */
export function checkFrequency(scope: string, frequency: Frequency): void {
  checkOptions(scope, frequency, KINDS);
  const { unit, weekdays } = frequency;
  if (!UNITS.includes(unit)) {
    refuse(scope, {
      expected: `a unit of ${UNITS.join(', ')}`,
      got: quoted(unit),
      remedy: 'pass a result of frequencyOf',
    });
  }
  const isSet = weekdays?.every(
    (day, at) => Number.isInteger(day) && day >= 0 && day < 7 && (at === 0 || day > weekdays[at - 1]!),
  );
  if (weekdays && (!isSet || weekdays.length === 0 || unit !== 'day')) {
    refuse(scope, {
      expected: 'days of the week of a daily frequency, ascending from 0, Sunday, to 6',
      got: `[${weekdays.map(String).join(', ')}] of a ${unit}`,
      remedy: 'pass a result of frequencyOf',
    });
  }
}

const SECONDS: Readonly<Partial<Record<FrequencyUnit, number>>> = {
  ...{ second: 1, minute: 60, hour: 3600, day: 86_400, week: 604_800 },
};
const MONTHS: Readonly<Partial<Record<FrequencyUnit, number>>> = { month: 1, quarter: 3, year: 12 };

/** Milliseconds of a step; undefined for months, whose lengths differ. */
export function millisecondsOf({ unit, count }: Frequency): number | undefined {
  const seconds = SECONDS[unit];
  return seconds && 1000 * seconds * count;
}

/** Months of a step; undefined for shorter steps. */
export function monthsOf({ unit, count }: Frequency): number | undefined {
  const months = MONTHS[unit];
  return months && months * count;
}

const DAY = 86_400;

/**
 * The usual seasonal periods of a frequency, the shortest first: for hours 24 and 168, for days 7 and 365,
 * for business days 5 and 260, for weeks 52, for months 12, for quarters 4; none for years. A cycle that is
 * not a whole number of steps, above two, is left out.
 */
export function usualSeasons(frequency: Frequency): number[] {
  checkFrequency('usualSeasons', frequency);
  const { unit, count, weekdays } = frequency;
  if (weekdays) return [weekdays.length, 52 * weekdays.length].filter((season) => season > 1);
  const months = monthsOf(frequency);
  const seconds = SECONDS[unit]! * count;
  const cycles = months
    ? [12 / months]
    : unit === 'week'
      ? [52 / count]
      : unit === 'day'
        ? [7 / count, Math.round(365 / count)]
        : [3600 / seconds, DAY / seconds, (7 * DAY) / seconds];
  // The hour is a cycle only for seconds; for minutes and hours the shortest cycle is the day.
  const kept = unit === 'minute' || unit === 'hour' ? cycles.slice(1) : cycles;
  return kept.filter((season) => Number.isInteger(season) && season > 1);
}

const NEAREST = 7;

/**
 * The informative lags: the nearest seven, and for each usual season one to three times the season and its
 * neighbours, as in GluonTS's `get_lags_for_frequency`, which adds the seasons of coarser frequencies.
 *
 * @param most the furthest lag; default 1,200
 * @returns ascending
 */
export function usualLags(frequency: Frequency, most = 1200): number[] {
  checkKind('usualLags', 'most', most, 'positive integer');
  const near = Array.from({ length: NEAREST }, (_, at) => at + 1);
  const seasonal = usualSeasons(frequency).flatMap((season) =>
    [1, 2, 3].flatMap((times) => [-1, 0, 1].map((beside) => times * season + beside)),
  );
  return [...new Set([...near, ...seasonal])].filter((lag) => lag >= 1 && lag <= most).sort((a, b) => a - b);
}
