import { Command } from 'commander';
import { backtestCommand } from './commands/backtest';
import { compareCommand } from './commands/compare';
import { exportCommand } from './commands/export';
import { forecastCommand } from './commands/forecast';
import { trainCommand } from './commands/train';

const EXAMPLES = `
Examples:
  stock-forecast backtest                           Apple's prices 2013–2018, which are included
  stock-forecast backtest prices.csv --features Close,Volume --folds 20
  stock-forecast train prices.csv --horizon 5       writes runs/stock-forecast-1/model.safetensors
  stock-forecast forecast newer.csv --model runs/stock-forecast-1/model.safetensors
  stock-forecast compare prices.csv --cells lstm,gru --windows 10,20
  stock-forecast train data-02-stock_daily.csv --lab`;

/**
 * The command line of stock-forecast. An action's modules are loaded when it runs, so --help is fast.
 */
export function program(): Command {
  const whole = new Command('stock-forecast')
    .description(
      'Forecasts prices with a small recurrent network, and tests whether it is better than simple forecasts.',
    )
    .addHelpText('after', EXAMPLES);
  for (const command of [
    trainCommand(async (files, command) => (await import('./lab/command')).lab(files, command)),
    backtestCommand(),
    forecastCommand(),
    compareCommand(),
    exportCommand(),
  ])
    whole.addCommand(command);
  return whole;
}
