import { choice, fraction, positiveInteger, positiveNumber, seed } from '@unrolled/app-shared';
import { Command, InvalidArgumentError } from 'commander';
import { DEFAULTS } from './settings';
import type { TrainOptions } from './train-command';

const EXAMPLES = `
Examples:
  stock-forecast train                              Apple's prices 2013–2018, which come along
  stock-forecast train prices.csv --order newest-first
  stock-forecast train btc.csv --target close --features close,volume --window 14
  stock-forecast train data-02-stock_daily.csv --lab`;

/** The command line of stock-forecast. What training needs is loaded when it runs, so that --help is there at once. */
export function program(): Command {
  const whole = new Command('stock-forecast')
    .description(
      'Forecasts the next close from a CSV of prices, and compares itself with "tomorrow = today".',
    )
    .addHelpText('after', EXAMPLES);
  whole.addCommand(trainCommand());
  return whole;
}

function trainCommand(): Command {
  return new Command('train')
    .description(
      'Trains a network on the older part of the prices, tests it on the newer part, forecasts the next row. Without a file: Apple, daily, 2013–2018 (bundled).',
    )
    .argument(
      '[csv]',
      'prices with a header line (a commented one will do); a date column gives the order of the rows',
    )
    .optionsGroup('Data:')
    .option('--target <column>', 'the column to forecast', DEFAULTS.target)
    .option(
      '--features <columns>',
      'the columns to forecast from, with commas between (default: every numeric column)',
      names,
    )
    .option(
      '--order <order>',
      'oldest-first or newest-first, for a file without dates (default: oldest-first)',
      choice('oldest-first', 'newest-first'),
    )
    .option('--decimal-separator <character>', "'.' or ',' (default: '.')", choice('.', ','))
    .option('--window <rows>', 'how many rows one forecast sees', positiveInteger, DEFAULTS.window)
    .option(
      '--train-share <share>',
      'share of the windows to train on; the newer rest is the test part',
      fraction,
      DEFAULTS.trainShare,
    )
    .option(
      '--scaler <kind>',
      'min-max or standard, fitted to the training rows alone',
      choice('min-max', 'standard'),
      DEFAULTS.scaler,
    )
    .option('--lab', "the RNN lab's case: newest first, and a scaler that has seen the test rows too")
    .optionsGroup('Model and training:')
    .option('--cell <kind>', 'lstm, gru or rnn', choice('lstm', 'gru', 'rnn'), DEFAULTS.cell)
    .option('--units <count>', 'units of the recurrent layer', positiveInteger, DEFAULTS.units)
    .option(
      '--steps <count>',
      'training steps, each over all training windows',
      positiveInteger,
      DEFAULTS.steps,
    )
    .option('--learning-rate <rate>', "Adam's learning rate", positiveNumber, DEFAULTS.learningRate)
    .option('--seed <number>', 'makes a run repeatable', seed, DEFAULTS.seed)
    .optionsGroup('Where and how:')
    .option(
      '--output <directory>',
      "the plots go there (default: runs/stock-forecast-NAME, NAME being the file's)",
    )
    .option('--backend <name>', 'auto, unrolled or cpu', choice('auto', 'unrolled', 'cpu'), 'auto')
    .option('--json', 'one JSON object as the last line of standard output, the rest on standard error')
    .action(async (file: string | undefined, options: TrainOptions) => {
      const { trainCommand } = await import('./train-command');
      await trainCommand(file, options);
    });
}

/** `Open, Close` → the names between the commas. */
function names(text: string): string[] {
  const list = text.split(',').map((name) => name.trim());
  if (list.some((name) => name === '')) throw new InvalidArgumentError('column names with commas between');
  return [...new Set(list)];
}
