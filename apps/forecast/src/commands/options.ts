import {
  type BackendName,
  backendOption,
  choice,
  databaseOption,
  nonEmptyText,
  positiveInteger,
  repeated,
  seed,
} from '@unrolled/app-shared';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { MethodName } from '../method/method';
import type { ReadOptions } from '../read/read-options';

export const FILES_HELP =
  'CSV files with a header line: one with a column of series, one a series, or with --wide a series in each column';

export const DEFAULT_LEVELS: readonly number[] = [0.8, 0.95];

export interface RunOptions {
  readonly output?: string;
  readonly backend: BackendName;
  readonly json?: boolean;
  /** False leaves the page and the plots out. */
  readonly report?: boolean;
}

export interface ModelOptions extends ReadOptions, RunOptions {
  readonly horizon: number;
  readonly folds: number;
  readonly season?: number;
  readonly method?: MethodName;
  readonly levels: readonly number[];
  readonly holidays?: string;
  readonly seed: number;
  readonly units?: number;
  readonly ensemble?: number;
  readonly epochs?: number;
  readonly steps?: number;
  readonly distribution?: string;
  readonly zeroInflated?: boolean;
  readonly history?: number;
  readonly baselines?: readonly string[];
}

/** Options of the commands whose fits other processes can run. */
export interface FitOptions extends ModelOptions {
  readonly database?: string;
  readonly workers?: number;
}

/** An option with its parser and its default. */
export function option<T>(
  flags: string,
  description: string,
  parse?: (text: string) => T,
  standard?: T | string | number,
): Option {
  const made = new Option(flags, description);
  if (parse) made.argParser(parse);
  return standard === undefined ? made : made.default(standard);
}

/** Puts options under a heading of the help. */
export function addGroup(command: Command, heading: string, options: readonly Option[]): Command {
  command.optionsGroup(heading);
  for (const one of options) command.addOption(one);
  return command;
}

/** Options for the files' columns and format. */
export function readOptions(): Option[] {
  return [
    option(
      '--series <column>',
      'tells the series of a file apart (default: the one that does, where dates come again)',
      nonEmptyText,
    ),
    option('--date <column>', 'the column of dates (default: by its name and cells)', nonEmptyText),
    option(
      '--target <column>',
      'the column to forecast (default: the only one of numbers, or one called y, value or target)',
      nonEmptyText,
    ),
    option('--wide', 'each column of numbers is a series'),
    option(
      '--known <columns>',
      'known ahead, separated by commas, such as prices and promotions: rows without a target hold what is to come',
      names,
    ),
    option('--past <columns>', 'known up to the newest row only, such as visitors', names),
    option(
      '--static <columns>',
      'the same in all rows of a series: numbers, or categories such as its region',
      names,
    ),
    option(
      '--future <file>',
      'rows to come of the known columns; once more for another file',
      repeated(nonEmptyText),
    ),
    option('--only <names>', 'the series to use, separated by commas (default: all)', names),
    option(
      '--frequency <name>',
      '15min, hourly, daily, business-daily, weekly, monthly, quarterly, yearly … (default: what the dates show)',
      nonEmptyText,
    ),
    option(
      '--short <policy>',
      'a series too short to forecast: refuse, or leave-out',
      choice('refuse', 'leave-out'),
      'refuse',
    ),
    option(
      '--duplicates <policy>',
      'a date that comes twice in a series: refuse, keep-first or keep-last (default: refuse)',
      choice('refuse', 'keep-first', 'keep-last'),
    ),
    option(
      '--order <order>',
      'oldest-first or newest-first, for a file without dates (default: oldest-first)',
      choice('oldest-first', 'newest-first'),
    ),
    option(
      '--date-order <order>',
      'month-first, day-first or year-first, for dates like 03/04/2020 (default: detected)',
      choice('month-first', 'day-first', 'year-first'),
    ),
    option('--delimiter <character>', 'between cells (default: the likeliest)', nonEmptyText),
    option('--decimal-separator <character>', "'.' or ',' (default: detected)", choice('.', ',')),
    option(
      '--encoding <name>',
      'cp949, latin-1 and so on (default: UTF-8, UTF-16, or what the headings show)',
      nonEmptyText,
    ),
    option(
      '--columns <names>',
      'names for the columns, separated by commas, in place of a header line',
      names,
    ),
  ];
}

function taskOptions(): Option[] {
  return [
    option('--horizon <steps>', 'steps to forecast', positiveInteger).makeOptionMandatory(),
    option(
      '--season <steps>',
      'after which the series repeat; 1: none (default: 12 for months, 7 for days, 24 for hours …)',
      positiveInteger,
    ),
    option(
      '--levels <shares>',
      'of values that intervals are to hold, separated by commas',
      shares,
      DEFAULT_LEVELS.join(','),
    ),
    option('--holidays <file>', 'a day a line, as 2026-12-25, which the global model reads', nonEmptyText),
  ];
}

function modelOptions(): Option[] {
  return [
    option(
      '--method <name>',
      'hybrid or global (default: global where --known, --past or --static is given, else hybrid)',
      choice('hybrid', 'global'),
    ),
    option('--units <count>', 'of the recurrent layers (default: 32; global 40)', positiveInteger),
    option('--epochs <count>', 'hybrid: times through the examples (default: 12)', positiveInteger),
    option('--steps <count>', 'global: updates (default: 1000)', positiveInteger),
    option(
      '--distribution <name>',
      'global: gaussian, studentT, logNormal, poisson, negativeBinomial or quantiles (default: studentT)',
      choice('gaussian', 'studentT', 'logNormal', 'poisson', 'negativeBinomial', 'quantiles'),
    ),
    option('--zero-inflated', 'global: a share of zeros beside the distribution'),
    option('--ensemble <networks>', 'networks that are put together (default: 1)', positiveInteger),
    option(
      '--history <steps>',
      'newest steps of each series that are read (default: 1000; hybrid 300, and eight seasons at least)',
      positiveInteger,
    ),
    option('--seed <number>', 'makes a run repeatable', seed, 1),
  ];
}

/** Options for the results and the engine. */
export function runOptions(output: string): Option[] {
  return [
    option('--run-directory, --output <directory>', output, nonEmptyText),
    backendOption(),
    option(
      '--json',
      'print one JSON object as the last line of standard output, and the rest on standard error',
    ),
  ];
}

/** Where the fits of a back-test run. */
export function fitOptions(): Option[] {
  return [
    databaseOption(),
    option(
      '--workers <count>',
      'number of parallel fits where --database is a directory; does not change results (default: one for each core)',
      positiveInteger,
    ),
  ];
}

/** The groups of options that train, backtest and compare share. */
export function modelGroups(
  command: Command,
  folds: number,
  { except = [], more = [] }: { readonly except?: readonly string[]; readonly more?: readonly Option[] } = {},
): Command {
  const kept = (options: readonly Option[]) => options.filter(({ long }) => !except.includes(long!));
  addGroup(command, 'Data:', readOptions());
  addGroup(command, 'Task:', taskOptions());
  addGroup(command, 'Model:', kept(modelOptions()));
  addGroup(command, 'Evaluation:', [
    option(
      '--folds <count>',
      'fits in the back-test, each tested on the next horizon',
      positiveInteger,
      folds,
    ),
    option(
      '--baselines <names>',
      'of seasonal-naive, drift, theta, exponential-smoothing, linear-autoregression (default: all; of more than 500 series without exponential smoothing)',
      baselines,
    ),
  ]);
  return addGroup(command, 'Where and how:', [
    ...runOptions('the report and the tables go there (default: runs/forecast-N, the next free N)'),
    ...more,
    option('--no-report', 'leave out the page, write the tables alone'),
  ]);
}

/** `a, b` → the names between the commas. */
export function names(text: string): string[] {
  const list = text.split(',').map((name) => name.trim());
  if (list.some((name) => name === '')) throw new InvalidArgumentError('names separated by commas');
  return [...new Set(list)];
}

function shares(text: string): number[] {
  const values = text.split(',').map((share) => Number(share.trim() || Number.NaN));
  if (!values.every((value) => value > 0 && value < 1))
    throw new InvalidArgumentError('shares in (0, 1) separated by commas, such as 0.8,0.95');
  return [...new Set(values)].sort((a, b) => a - b);
}

const BASELINE_FLAGS: Readonly<Record<string, string>> = {
  ...{ 'seasonal-naive': 'seasonalNaive', drift: 'drift', theta: 'theta' },
  ...{
    'exponential-smoothing': 'exponentialSmoothing',
    'linear-autoregression': 'linearAutoregression',
  },
};

function baselines(text: string): string[] {
  return names(text).map((name) => {
    if (!Object.hasOwn(BASELINE_FLAGS, name))
      throw new InvalidArgumentError(`of ${Object.keys(BASELINE_FLAGS).join(', ')}`);
    return BASELINE_FLAGS[name]!;
  });
}
