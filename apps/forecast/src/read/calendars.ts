import {
  type Calendar,
  calendarOf,
  type Frequency,
  frequencyChange,
  frequencyName,
  frequencyOf,
} from '@unrolled/forecasting';
import { refuse } from '../refuse';
import { placeOf } from './input';
import type { ReadOptions } from './read-options';
import type { SeriesTable } from './tables';

type CalendarOptions = Pick<ReadOptions, 'frequency' | 'trained' | 'trainedFrequency'>;

/**
 * Finds the calendar of each series. All series must have one frequency. Returns undefined for files without
 * dates.
 *
 * @throws UnrolledError naming file, series and line, if a date is not a step of its series, or if a series
 *   has a different frequency
 */
export function findCalendars(
  tables: readonly SeriesTable[],
  { frequency: given, trained, trainedFrequency }: CalendarOptions,
): { frequency: Frequency; calendars: readonly Calendar[] } | undefined {
  const undated = tables.find(({ dates }) => dates === undefined);
  if (undated) {
    if (given === undefined && tables.every(({ dates }) => dates === undefined)) return undefined;
    return refuse('files', {
      expected: given === undefined ? 'dates in every file, or in none' : 'dates for --frequency',
      got: `none in ${undated.file}`,
      remedy: 'name the column of dates (--date COLUMN)',
    });
  }
  // The command that reads files for a model has no --frequency.
  const isTrained = trained !== undefined;
  const frequency =
    given === undefined
      ? asTrained(commonFrequency(tables, isTrained), tables, trainedFrequency)
      : readFrequency(given);
  const calendars = tables.map((table) => {
    const calendar = calendarOf(table.dates!, { frequency })!;
    checkSteps(table, calendar, { isGiven: given !== undefined, isTrained });
    return calendar;
  });
  return { frequency, calendars };
}

function readFrequency(text: string): Frequency {
  try {
    return frequencyOf(text);
  } catch {
    return refuse('--frequency', {
      expected:
        'a frequency such as 15min, hourly, daily, business-daily, weekly, monthly, quarterly or yearly',
      got: `'${text}'`,
      remedy: 'omit the option to detect the frequency from the dates',
    });
  }
}

const FEWEST_DATES = 3;
const WEEK = 7 * 86_400_000;

/**
 * The days of the week that the model was trained on, if the files may have the same: dates with gaps, or of
 * less than a week, do not show them.
 */
function asTrained(
  found: Frequency,
  tables: readonly SeriesTable[],
  trained: Frequency | undefined,
): Frequency {
  if (trained?.unit !== 'day' || found.unit !== 'day' || found.count !== trained.count) return found;
  const { weekdays } = trained;
  const haveThem = ({ dates }: SeriesTable) =>
    weekdays
      ? dates!.every((date) => weekdays.includes(new Date(date).getUTCDay()))
      : Date.parse(dates!.at(-1)!) - Date.parse(dates![0]!) < WEEK;
  return tables.every(haveThem) ? trained : found;
}

/**
 * The most common frequency, weighted by rows. Series with fewer than three dates count only if all are so
 * short.
 */
function commonFrequency(tables: readonly SeriesTable[], isTrained: boolean): Frequency {
  const found = new Map<string, { frequency: Frequency; count: number }>();
  const telling = tables.filter(({ dates }) => dates!.length >= FEWEST_DATES);
  for (const { dates } of telling.length > 0 ? telling : tables) {
    const frequency = dates!.length < 2 ? undefined : calendarOf(dates!)?.frequency;
    if (!frequency) continue;
    const name = frequencyName(frequency);
    const known = found.get(name);
    found.set(name, { frequency, count: (known?.count ?? 0) + dates!.length });
  }
  if (found.size > 0) return [...found.values()].reduce((a, b) => (b.count > a.count ? b : a)).frequency;
  const longest = tables.reduce((a, b) => (b.dates!.length > a.dates!.length ? b : a));
  return refuse('files', {
    expected: 'dates with a regular step, from seconds to years',
    got: `${longest.dates!.slice(0, 4).join(', ')}… in ${placeOf(longest)}, from line ${longest.lines[0]}`,
    remedy: `${isTrained ? '' : 'set the frequency (--frequency), or '}name another column of dates (--date)`,
  });
}

/** Checks that the dates of a series are distinct, increasing steps of its calendar. */
function checkSteps(
  table: SeriesTable,
  calendar: Calendar,
  { isGiven, isTrained }: { readonly isGiven: boolean; readonly isTrained: boolean },
): void {
  const { dates, lines } = table;
  const name = frequencyName(calendar.frequency);
  let before = Number.NEGATIVE_INFINITY;
  for (const [row, date] of dates!.entries()) {
    const step = calendar.stepOf(date);
    if (step !== undefined && step > before) {
      before = step;
      continue;
    }
    const own = isGiven || dates!.length < FEWEST_DATES ? undefined : calendarOf(dates!)?.frequency;
    refuse('files', {
      expected: `${name} dates in all series`,
      got: own
        ? `${frequencyName(own)} ones in ${placeOf(table)}, first ${date} on line ${lines[row]}`
        : `${date} on line ${lines[row]}${step === undefined ? '' : ', the same step as the row before,'} in ${placeOf(table)}`,
      remedy: isTrained
        ? 'forecast it separately (--only), or correct the date'
        : 'forecast it separately (--only), correct the date, or set the frequency of all series (--frequency)',
    });
  }
  const change = isGiven ? undefined : frequencyChange(dates!, calendar);
  if (!change) return;
  if (change.row <= 1) {
    refuse('files', {
      expected: `${name} dates in all series`,
      got: `${change.frequency} ones in ${placeOf(table)}, from line ${lines[0]} on`,
      remedy: `forecast it separately (--only)${isTrained ? '' : ', or set the frequency of all series (--frequency)'}`,
    });
  }
  refuse('files', {
    expected: `${name} dates throughout`,
    got: `${change.frequency} ones from ${dates![change.row]} on line ${lines[change.row]} on, in ${placeOf(table)}`,
    remedy: `cut the file there${isTrained ? '' : `, or if rows are missing, set --frequency ${name}`}`,
  });
}
