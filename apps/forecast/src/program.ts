import { Command } from 'commander';
import { backtestCommand } from './commands/backtest';
import { compareCommand } from './commands/compare';
import { exportCommand } from './commands/export';
import { forecastCommand } from './commands/forecast';
import { trainCommand } from './commands/train';

const EXAMPLES = `
Examples:
  forecast backtest sales.csv --series shop --date day --target sold --horizon 14
  forecast train sales.csv --series shop --target sold --horizon 14 --known promotion,price
  forecast forecast newer.csv --model runs/forecast-1
  forecast backtest energy.csv --wide --horizon 24       each column of numbers is a series
  forecast compare sales.csv --series shop --target sold --horizon 14 --known promotion`;

/**
 * The command line of forecast. An action's modules are loaded when it runs, so --help is fast.
 */
export function program(): Command {
  const whole = new Command('forecast')
    .description(
      'Forecasts many series with one recurrent model, and tests whether it is better than simple forecasts.',
    )
    .addHelpText('after', EXAMPLES);
  for (const command of [
    trainCommand(),
    backtestCommand(),
    forecastCommand(),
    compareCommand(),
    exportCommand(),
  ])
    whole.addCommand(command);
  return whole;
}
