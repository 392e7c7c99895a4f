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
  'CSV files of prices with a header line; several files are several series for one model. Default: Apple, daily, 2013–2018 (bundled)';

/** Options for outputs and the engine. */
export interface RunOptions extends DataOptions {
  readonly output?: string;
  readonly backend: BackendName;
  readonly json?: boolean;
  /** False leaves the page and the plots out. */
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

/** The settings that the options give; the level only where it was given, since quantiles decide it too. */
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

/** An option for a setting of the forecaster, with the setting's default; without a parser, its choices. */
function setting(flags: string, description: string, parse?: (text: string) => unknown): Option {
  const made = new Option(flags, description);
  const name = made.attributeName();
  made.argParser(parse ?? choice(...MODEL_CHOICES[name as keyof typeof MODEL_CHOICES]));
  return made.default(DEFAULTS[name]);
}

/** Puts options under a heading of the help. */
export function addGroup(command: Command, heading: string, options: readonly Option[]): Command {
  command.optionsGroup(heading);
  for (const one of options) command.addOption(one);
  return command;
}

/** How the files are read. */
export function dataOptions(): Option[] {
  return [
    option(
      '--order <order>',
      'oldest-first or newest-first, for a file without dates, or with some that cannot be read (default: oldest-first)',
      choice('oldest-first', 'newest-first'),
    ),
    option('--date-column <column>', 'the column of dates (default: by its name and cells)'),
    option(
      '--date-order <order>',
      'month-first, day-first or year-first, for dates like 03/04/2020 or 20/04/03 (default: detected)',
      choice('month-first', 'day-first', 'year-first'),
    ),
    option(
      '--missing <policy>',
      'handling of a row without a required value: refuse, or drop-rows (default: refuse)',
      choice('refuse', 'drop-rows'),
    ),
    option(
      '--duplicates <policy>',
      'handling of a duplicate date: refuse, keep-first or keep-last (default: refuse)',
      choice('refuse', 'keep-first', 'keep-last'),
    ),
    option(
      '--halted <policy>',
      'handling of a row with 0 or a filler as price, as on days without trading: drop-rows or keep',
      choice('drop-rows', 'keep'),
      'drop-rows',
    ),
    option('--delimiter <character>', 'separator of cells; a space matches several (default: detected)'),
    option('--decimal-separator <character>', "'.' or ',' (default: detected)", choice('.', ',')),
    option(
      '--encoding <name>',
      'cp949, shift-jis, gbk, latin-1, windows-1252 and so on (default: UTF-8, UTF-16, or what the headings show)',
    ),
    option(
      '--columns <names>',
      'names of the columns, separated by commas, instead of a header line',
      columnNames,
    ),
    option(
      '--series-column <column>',
      'column that distinguishes the series of a file (default: detected if dates repeat)',
    ),
    option('--series <names>', 'series of a file to use, separated by commas (default: all)', names),
  ];
}

/** The inputs and outputs of the model. */
function taskOptions(): Option[] {
  return [
    setting('--target <column>', 'the column to forecast', String),
    option('--features <columns>', 'the input columns, separated by commas (default: the target)', names),
    setting('--window <rows>', 'input rows of one forecast', positiveInteger),
    setting('--horizon <rows>', 'rows to forecast', positiveInteger),
    setting(
      '--strategy <kind>',
      'several rows ahead: direct, an output for each, or recursive, each from the one before',
    ),
    setting(
      '--target-transform <kind>',
      'price, difference, log-return, or auto: prices if they return to a mean, log returns if changes grow with the price, otherwise differences',
    ),
    setting('--scaler <kind>', 'standard, robust or min-max, fitted only to training rows'),
    setting('--loss <kind>', 'squared, or quantile for intervals of changing width'),
    option(
      '--quantiles <shares>',
      'quantiles of the quantile loss, including 0.5 (default: the ends of --level and 0.5)',
      quantiles,
    ),
  ];
}

/** The network and how it is trained. */
function trainingOptions(): Option[] {
  return [
    setting('--cell <kind>', 'lstm, gru or rnn'),
    setting('--layers <count>', 'recurrent layers', positiveInteger),
    setting('--units <count>', 'units of each layer', positiveInteger),
    setting('--dropout <rate>', 'share of units dropped after each layer during training', share),
    setting('--epochs <count>', 'maximum number of passes through the training windows', positiveInteger),
    option('--steps <count>', 'training steps, instead of --epochs', positiveInteger),
    setting('--batch-size <windows>', 'windows of one step', positiveInteger),
    setting('--learning-rate <rate>', "Adam's initial rate; decreases along a cosine to 0", positiveNumber),
    setting(
      '--validation <share>',
      'newest share of the training windows, which decides when to stop; 0: none',
      share,
    ),
    setting(
      '--patience <epochs>',
      'epochs without a better validation loss before training stops',
      positiveInteger,
    ),
    setting('--ensemble <networks>', 'networks whose forecasts are averaged', positiveInteger),
    setting('--seed <number>', 'makes a run repeatable', seed),
  ];
}

/** The measures of the model. */
function evaluationOptions(): Option[] {
  return [
    setting('--level <share>', 'coverage of the intervals', fraction),
    option(
      '--calibration <errors>',
      'number of newest errors to calibrate an interval on (default: 500, or a quarter of the forecasts)',
      positiveInteger,
    ),
    option(
      '--season <rows>',
      'seasonal period in rows, for the seasonal naive forecast (default: 12 for months, 7 or 5 for days, …)',
      positiveInteger,
    ),
    setting('--moving-average <rows>', 'rows of the moving average', positiveInteger),
  ];
}

/** Options for the results and the engine. */
export function runOptions(output: string): Option[] {
  return [
    option('--run-directory, --output <directory>', output),
    backendOption(),
    option(
      '--json',
      'print one JSON object as the last line of standard output, and the rest on standard error',
    ),
  ];
}

/** For runs by the dozen. */
function reportOption(): Option {
  return option('--no-report', 'write only the tables, without the page and the plots');
}

/** The groups of options that train, backtest and compare share; without the options that `except` names. */
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
  return addGroup(command, 'Where and how:', [...where, reportOption(), ...more]);
}

/** Like `names`, but positions are significant. */
function columnNames(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

/** `Open, Close` → the names between the commas. */
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
