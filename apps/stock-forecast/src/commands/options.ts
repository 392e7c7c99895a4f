import {
  type BackendName,
  backendOption,
  choice,
  fraction,
  positiveInteger,
  positiveNumber,
  seed,
  share,
} from '@unrolled/app-shared';
import type { EvaluationSettings, ForecasterSettings, ModelSettings } from '@unrolled/forecaster';
import { EVALUATION_DEFAULTS, MODEL_CHOICES, MODEL_DEFAULTS } from '@unrolled/forecaster/settings';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { DataOptions } from '../load-prices';

const DEFAULTS: Readonly<Record<string, unknown>> = {
  ...MODEL_DEFAULTS,
  ...EVALUATION_DEFAULTS,
  target: 'Close',
};

export const FILES_HELP =
  'CSV files of prices with a header line; several files are several series of one model. Default: Apple, daily, 2013–2018 (included)';

/** Options for outputs and the backend. */
export interface RunOptions extends DataOptions {
  readonly output?: string;
  readonly backend: BackendName;
  readonly json?: boolean;
  /** If false, no page and no plots are written. */
  readonly report?: boolean;
}

/** The options that train, backtest and compare share. */
export type ModelOptions = ModelSettings & EvaluationSettings & RunOptions;

/** The names of the forecaster's settings, including those of a back-test. */
const SETTINGS: readonly string[] = [
  ...Object.keys(DEFAULTS),
  ...[
    'steps',
    'epochs',
    'calibration',
    'season',
    'initial',
    'folds',
    'stride',
    'trainingWindow',
    'trainingRows',
  ],
  ...['refitEvery', 'features', 'target', 'quantiles', 'widestWindow', 'defaultFolds'],
];

/**
 * The settings that the options set. The level is included only if it was given, because quantiles may also
 * determine it.
 */
export function settingsOf<O extends { readonly level: number }>(
  options: O,
  command: Command,
): Omit<O, 'level'> & Pick<ForecasterSettings, 'level'> {
  const hasLevel = command.getOptionValueSource('level') === 'cli';
  const settings = Object.entries(options).filter(([name]) => SETTINGS.includes(name));
  return { ...(Object.fromEntries(settings) as O), level: hasLevel ? options.level : undefined };
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

/**
 * An option for a setting of the forecaster, with the setting's default and, if it has no parser, its
 * choices.
 */
function setting(flags: string, description: string, parse?: (text: string) => unknown): Option {
  const made = new Option(flags, description);
  const name = made.attributeName();
  made.argParser(parse ?? choice(...MODEL_CHOICES[name as keyof typeof MODEL_CHOICES]));
  return made.default(DEFAULTS[name]);
}

/** Adds options under a heading of the help. */
export function addGroup(command: Command, heading: string, options: readonly Option[]): Command {
  command.optionsGroup(heading);
  for (const one of options) command.addOption(one);
  return command;
}

/** Options for reading files. */
export function dataOptions(): Option[] {
  return [
    option(
      '--order <order>',
      'order of the rows in a file without readable dates: oldest-first or newest-first (default: oldest-first)',
      choice('oldest-first', 'newest-first'),
    ),
    option('--date-column <column>', 'column of dates (default: detected by name and cells)'),
    option(
      '--date-order <order>',
      'order of dates like 03/04/2020 or 20/04/03: month-first, day-first or year-first (default: detected)',
      choice('month-first', 'day-first', 'year-first'),
    ),
    option(
      '--missing <policy>',
      'handling of a row that lacks a required value: refuse or drop-rows (default: refuse)',
      choice('refuse', 'drop-rows'),
    ),
    option(
      '--duplicates <policy>',
      'handling of a duplicate date: refuse, keep-first or keep-last (default: refuse)',
      choice('refuse', 'keep-first', 'keep-last'),
    ),
    option(
      '--halted <policy>',
      'handling of a row whose price is 0 or a filler, as on days without trading: drop-rows or keep',
      choice('drop-rows', 'keep'),
      'drop-rows',
    ),
    option('--delimiter <character>', 'cell separator; a space matches several (default: detected)'),
    option(
      '--decimal-separator <character>',
      "decimal separator: '.' or ',' (default: detected)",
      choice('.', ','),
    ),
    option(
      '--encoding <name>',
      'encoding of the files: cp949, shift-jis, gbk, latin-1, windows-1252 … (default: UTF-8, UTF-16, or the encoding in which the headings are known)',
    ),
    option(
      '--columns <names>',
      'column names, separated by commas, which replace a header line',
      columnNames,
    ),
    option(
      '--series-column <column>',
      'column that distinguishes the series of a file (default: detected if dates repeat)',
    ),
    option('--series <names>', 'series of a file to use, separated by commas (default: all)', names),
  ];
}

/** Options for the inputs and outputs of the model. */
function taskOptions(): Option[] {
  return [
    setting('--target <column>', 'column to forecast', String),
    option('--features <columns>', 'input columns, separated by commas (default: the target)', names),
    setting('--window <rows>', 'number of input rows of one forecast', positiveInteger),
    setting('--horizon <rows>', 'number of rows to forecast', positiveInteger),
    setting(
      '--strategy <kind>',
      'strategy for several rows ahead: direct (one output for each row) or recursive (each row from the forecast before it)',
    ),
    setting(
      '--target-transform <kind>',
      'form of the target: price, difference, log-return, or auto: prices if they return to a mean, log returns if changes grow with the price, otherwise differences',
    ),
    setting(
      '--scaler <kind>',
      'scaling of the columns: standard, robust or min-max; it is fitted to training rows only',
    ),
    setting('--loss <kind>', 'training loss: squared, or quantile for intervals whose width varies'),
    option(
      '--quantiles <shares>',
      'quantiles of the quantile loss, including 0.5 (default: the ends of --level and 0.5)',
      quantiles,
    ),
  ];
}

/** Options for the network and its training. */
function trainingOptions(): Option[] {
  return [
    setting('--cell <kind>', 'recurrent cell: lstm, gru or rnn'),
    setting('--layers <count>', 'number of recurrent layers', positiveInteger),
    setting('--units <count>', 'units of each layer', positiveInteger),
    setting('--dropout <rate>', 'share of units dropped after each layer during training', share),
    setting('--epochs <count>', 'maximum number of passes over the training windows', positiveInteger),
    option('--steps <count>', 'number of training steps, instead of --epochs', positiveInteger),
    setting('--batch-size <windows>', 'number of windows in a batch', positiveInteger),
    setting(
      '--learning-rate <rate>',
      'initial learning rate of Adam; it decreases along a cosine to 0',
      positiveNumber,
    ),
    setting(
      '--validation <share>',
      'share of the training windows, the newest, that determines when to stop; 0: none',
      share,
    ),
    setting(
      '--patience <epochs>',
      'epochs without a lower validation loss before training stops',
      positiveInteger,
    ),
    setting('--ensemble <networks>', 'number of networks whose forecasts are averaged', positiveInteger),
    setting('--seed <number>', 'seed of all random numbers; the same seed repeats a run', seed),
  ];
}

/** Options for the evaluation of the model. */
function evaluationOptions(): Option[] {
  return [
    setting('--level <share>', 'coverage of the prediction intervals', fraction),
    option(
      '--calibration <errors>',
      'number of the newest errors on which an interval is calibrated (default: 500, or a quarter of the forecasts)',
      positiveInteger,
    ),
    option(
      '--season <rows>',
      'seasonal period in rows, for the seasonal naive forecast (default: 12 for months, 7 or 5 for days, …)',
      positiveInteger,
    ),
    setting('--moving-average <rows>', 'number of rows in the moving-average baseline', positiveInteger),
  ];
}

/** Options for the results and the backend. */
export function runOptions(output: string): Option[] {
  return [
    option('--run-directory, --output <directory>', output),
    backendOption(),
    option(
      '--json',
      'print one JSON object as the last line of standard output, and everything else on standard error',
    ),
  ];
}

/** For programs that run dozens of back-tests. */
function reportOption(): Option {
  return option('--no-report', 'write only the tables, without the page and the plots');
}

/** Adds the groups of options that train, backtest and compare share, except those that `except` names. */
export function modelGroups(
  command: Command,
  more: readonly Option[] = [],
  except: readonly string[] = [],
): Command {
  const kept = (options: readonly Option[]) => options.filter(({ long }) => !except.includes(long!));
  addGroup(command, 'Task:', kept(taskOptions()));
  addGroup(command, 'Model and training:', kept(trainingOptions()));
  addGroup(command, 'Evaluation:', evaluationOptions());
  addGroup(command, 'Data:', dataOptions());
  const where = runOptions(
    'directory for the report, the tables and the plots (default: runs/stock-forecast-N, the next free N)',
  );
  return addGroup(command, 'Output and backend:', [...where, reportOption(), ...more]);
}

/** Like `names`, but by position. */
function columnNames(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

/** The names between the commas: `Open, Close`. */
export function names(text: string): string[] {
  const list = text.split(',').map((name) => name.trim());
  if (list.some((name) => name === '')) throw new InvalidArgumentError('column names separated by commas');
  return [...new Set(list)];
}

function quantiles(text: string): number[] {
  const values = [...new Set(text.split(',').map((share) => Number(share.trim() || Number.NaN)))];
  const sound = values.every((value) => value > 0 && value < 1) && values.includes(0.5) && values.length >= 3;
  if (!sound)
    throw new InvalidArgumentError(
      'at least three shares in (0, 1) separated by commas, including 0.5: 0.05,0.5,0.95',
    );
  return values.sort((a, b) => a - b);
}
