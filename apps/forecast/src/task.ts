import { counted } from '@unrolled/app-shared';
import { type Frequency, frequencyName } from '@unrolled/forecasting';
import type { ModelOptions } from './commands/options';
import { type ChosenMethod, chooseMethod, modelSeriesOf } from './method/choose';
import { checkLongest, foldsWithin, historyOf, learnsFrom, withoutShort } from './method/lengths';
import { areCounts, type Method, type MethodSettings, type ModelSeries } from './method/method';
import { type ChosenSeason, chooseSeason } from './method/season';
import { checkDistribution } from './read/check-values';
import { readHolidays } from './read/holidays';
import type { Input, InputSeries } from './read/input';
import { readInput } from './read/read-input';
import type { ModelColumns } from './read/read-options';

/** The series to forecast, the chosen method and season, and the reasons for the choice. */
export interface Task {
  readonly input: Input;
  readonly chosen: ChosenMethod;
  readonly season: ChosenSeason;
  readonly settings: MethodSettings;
  readonly series: readonly ModelSeries[];
  readonly holidays: readonly string[] | undefined;
  readonly columns: ModelColumns;
  readonly notes: readonly string[];
}

/** Reads the files, and chooses season and method. */
export async function readTask(
  files: readonly string[],
  options: ModelOptions,
  signal: AbortSignal,
): Promise<Task> {
  const input = withoutShort(await readInput(files, options), options);
  return taskOf(input, options, await readHolidays(options.holidays), signal);
}

/** Reads the files once for both methods. The hybrid's task has the series without other columns. */
export async function readTasks(
  files: readonly string[],
  options: ModelOptions,
  signal: AbortSignal,
): Promise<readonly [hybrid: Task, global: Task]> {
  const global = await readTask(files, { ...options, method: 'global' }, signal);
  const none = { known: {}, past: {}, staticNumbers: {}, staticCategories: {} };
  const alone = { ...global.input, series: global.input.series.map((one) => ({ ...one, ...none })) };
  return [taskOf(alone, { ...options, method: 'hybrid' }, undefined, signal), global];
}

function taskOf(
  input: Input,
  options: ModelOptions,
  holidays: readonly string[] | undefined,
  signal: AbortSignal,
): Task {
  const { horizon, levels, seed } = options;
  const chosen = chooseMethod(options.method, input);
  checkDistribution(input.series, chosen.name === 'global' ? options.distribution : undefined);
  const season = chooseSeason(options.season, input, beforeFolds(input.series, options));
  const history = options.history ?? historyOf(chosen.name, season.season);
  checkLongest(input.series, { method: chosen.name, season: season.season, horizon });
  const { units, ensemble, epochs, steps, distribution, zeroInflated } = options;
  const given = Object.entries({ units, ensemble, epochs, steps, distribution, zeroInflated });
  const settings: MethodSettings = {
    ...{ horizon, season: season.season, levels: levelsOf(levels), seed, history, signal },
    areCounts: areCounts(input.series),
    ...Object.fromEntries(given.filter(([, value]) => value !== undefined)),
  };
  const series = modelSeriesOf(input.series, {
    ...{ method: chosen.name, frequency: input.frequency, horizon, holidays },
  });
  const countsNote = settings.areCounts
    ? ['all values are counts: no forecast is below 0, and intervals end at whole numbers']
    : [];
  const columns: ModelColumns = Object.fromEntries(
    (['series', 'date', 'wide', 'known', 'past', 'static'] as const).flatMap((name) =>
      options[name] === undefined ? [] : [[name, options[name]]],
    ),
  );
  return {
    ...{ input, chosen, season, settings, series, holidays, notes: [...input.notes, ...countsNote] },
    columns: { ...columns, ...(input.target !== undefined && { target: input.target }) },
  };
}

/**
 * The values before the oldest fold. The season is chosen from them alone, so no tested value affects the
 * choice.
 */
function beforeFolds(
  series: readonly InputSeries[],
  { folds, horizon }: Pick<ModelOptions, 'folds' | 'horizon'>,
): Float64Array[] {
  const longest = Math.max(...series.map(({ values }) => values.length));
  // A fit without a season needs the fewest values, so this is the largest possible number of folds. It does
  // not depend on the method, so `compare` uses one season for both.
  const learned = Math.min(learnsFrom('hybrid', 1, horizon), learnsFrom('global', 1, horizon));
  const held = horizon * foldsWithin(longest, learned, horizon, folds);
  return series.map(({ values }) => values.subarray(0, Math.max(0, values.length - held)));
}

/** The option's parser returns numbers; the default is a text. */
function levelsOf(levels: readonly number[] | string): readonly number[] {
  return typeof levels === 'string' ? levels.split(',').map(Number) : levels;
}

/** The method of a task. */
export async function methodOf({ chosen, settings }: Pick<Task, 'chosen' | 'settings'>): Promise<Method> {
  const { methodByName } = await import('./engine');
  return methodByName(chosen.name, settings);
}

/** One sentence that sums up the input. */
export function inputSentence({ input: { series, frequency, files }, season }: Task): string {
  const lengths = series.map(({ values }) => values.length);
  const [least, most] = [Math.min(...lengths), Math.max(...lengths)];
  const steps = least === most ? counted(most, 'step') : `${least} to ${most} steps`;
  const dates = series.flatMap(({ dates }) => (dates ? [dates[0]!, dates.at(-1)!] : [])).sort();
  const span = dates.length > 0 ? `, ${dates[0]} to ${dates.at(-1)}` : '';
  return `${series.length} series of ${steps}, ${frequencyText(frequency)}${span}, from ${counted(files.length, 'file')}; season ${season.season} (${season.reason})`;
}

function frequencyText(frequency: Frequency | undefined): string {
  return frequency ? frequencyName(frequency) : 'without dates';
}
