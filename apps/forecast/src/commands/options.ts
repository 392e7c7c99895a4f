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
  'CSV files with a header line: a file with a column that names the series, one file for each series, or with --wide one column for each series';

export const DEFAULT_LEVELS: readonly number[] = [0.8, 0.95];

export interface RunOptions {
  readonly output?: string;
  readonly backend: BackendName;
  readonly json?: boolean;
  /** If false, no page and no plots are written. */
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

/** Adds options under a heading of the help. */
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
      'column that distinguishes the series of a file (default: detected if dates repeat)',
      nonEmptyText,
    ),
    option('--date <column>', 'column of dates (default: detected by name and cells)', nonEmptyText),
    option(
      '--target <column>',
      'column to forecast (default: the only column of numbers, or one named y, value or target)',
      nonEmptyText,
    ),
    option('--wide', 'read each column of numbers as a series'),
    option(
      '--known <columns>',
      'columns whose future values are known, such as prices and promotions, separated by commas; rows without a target contain the future values',
      names,
    ),
    option(
      '--past <columns>',
      'columns that are known up to the newest row only, such as visitors, separated by commas',
      names,
    ),
    option(
      '--static <columns>',
      'columns that are constant in a series, numbers or categories such as a region, separated by commas',
      names,
    ),
    option(
      '--future <file>',
      'file with future rows of the --known columns; may be repeated',
      repeated(nonEmptyText),
    ),
    option('--only <names>', 'series to use, separated by commas (default: all)', names),
    option(
      '--frequency <name>',
      'frequency of the rows: 15min, hourly, daily, business-daily, weekly, monthly, quarterly, yearly … (default: detected from the dates)',
      nonEmptyText,
    ),
    option(
      '--short <policy>',
      'handling of a series that is too short to forecast: refuse or leave-out',
      choice('refuse', 'leave-out'),
      'refuse',
    ),
    option(
      '--duplicates <policy>',
      'handling of a duplicate date in a series: refuse, keep-first or keep-last (default: refuse)',
      choice('refuse', 'keep-first', 'keep-last'),
    ),
    option(
      '--order <order>',
      'order of the rows in a file without dates: oldest-first or newest-first (default: oldest-first)',
      choice('oldest-first', 'newest-first'),
    ),
    option(
      '--date-order <order>',
      'order of dates like 03/04/2020 or 20/04/03: month-first, day-first or year-first (default: detected)',
      choice('month-first', 'day-first', 'year-first'),
    ),
    option(
      '--delimiter <character>',
      'cell separator; a space matches several (default: detected)',
      nonEmptyText,
    ),
    option(
      '--decimal-separator <character>',
      "decimal separator: '.' or ',' (default: detected)",
      choice('.', ','),
    ),
    option(
      '--encoding <name>',
      'encoding of the files: cp949, shift-jis, gbk, latin-1, windows-1252 … (default: UTF-8, UTF-16, or the encoding in which the headings are known)',
      nonEmptyText,
    ),
    option('--columns <names>', 'column names, separated by commas, which replace a header line', names),
  ];
}

function taskOptions(): Option[] {
  return [
    option('--horizon <steps>', 'number of steps to forecast', positiveInteger).makeOptionMandatory(),
    option(
      '--season <steps>',
      'seasonal period in steps; 1: none (default: 12 for months, 7 for days, 24 for hours …)',
      positiveInteger,
    ),
    option(
      '--levels <shares>',
      'coverage of each prediction interval, separated by commas',
      shares,
      DEFAULT_LEVELS.join(','),
    ),
    option(
      '--holidays <file>',
      'file of holidays for the global model, one day such as 2026-12-25 on each line',
      nonEmptyText,
    ),
  ];
}

function modelOptions(): Option[] {
  return [
    option(
      '--method <name>',
      'forecasting method: hybrid or global (default: global with --known, --past or --static, otherwise hybrid)',
      choice('hybrid', 'global'),
    ),
    option('--units <count>', 'units of each recurrent layer (default: 32; global: 40)', positiveInteger),
    option('--epochs <count>', 'hybrid: number of passes over the examples (default: 12)', positiveInteger),
    option('--steps <count>', 'global: number of training steps (default: 1000)', positiveInteger),
    option(
      '--distribution <name>',
      'global: distribution of the forecasts: gaussian, studentT, logNormal, poisson, negativeBinomial or quantiles (default: studentT)',
      choice('gaussian', 'studentT', 'logNormal', 'poisson', 'negativeBinomial', 'quantiles'),
    ),
    option('--zero-inflated', 'global: forecast a probability of 0 in addition to the distribution'),
    option(
      '--ensemble <networks>',
      'number of networks whose forecasts are combined (default: 1)',
      positiveInteger,
    ),
    option(
      '--history <steps>',
      'number of newest steps of each series to read (default: 1000; hybrid: 300, at least eight seasons)',
      positiveInteger,
    ),
    option('--seed <number>', 'seed of all random numbers; the same seed repeats a run', seed, 1),
  ];
}

/** Options for the results and the engine. */
export function runOptions(output: string): Option[] {
  return [
    option('--run-directory, --output <directory>', output, nonEmptyText),
    backendOption(),
    option(
      '--json',
      'print one JSON object as the last line of standard output, and everything else on standard error',
    ),
  ];
}

/** Options for the place where the fits of a back-test run. */
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
      'number of fits in the back-test; each is tested on the next --horizon steps',
      positiveInteger,
      folds,
    ),
    option(
      '--baselines <names>',
      'baselines to compare with, separated by commas: seasonal-naive, drift, theta, exponential-smoothing, linear-autoregression (default: all; without exponential-smoothing for more than 500 series)',
      baselines,
    ),
  ]);
  return addGroup(command, 'Output and backend:', [
    ...runOptions('directory for the report and the tables (default: runs/forecast-N, the next free N)'),
    ...more,
    option('--no-report', 'write only the tables, without the page'),
  ]);
}

/** `a, b` → `['a', 'b']`, without duplicates. */
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
      throw new InvalidArgumentError(`some of ${Object.keys(BASELINE_FLAGS).join(', ')}`);
    return BASELINE_FLAGS[name]!;
  });
}
