import { Command } from 'commander';
import { compareCommand } from './commands/compare';
import { modelExportCommand } from './commands/export';
import { inspectCommand } from './commands/inspect';
import { sampleCommand } from './commands/sample';
import { scoreCommand } from './commands/score';
import { trainCommand } from './commands/train';

const EXAMPLES = `
Examples:
  char-rnn train                                    learns Moby-Dick, which is included
  char-rnn train --quick                            the same, in under a minute
  char-rnn train poems.txt --units 256 --epochs 50
  char-rnn sample --checkpoint runs/char-rnn-1 --prime 'Call me '
  char-rnn score --checkpoint runs/char-rnn-1 chapter.txt
  char-rnn inspect gradients`;

/**
 * The command line of char-rnn. An action's modules are loaded when it runs, so --help is fast.
 */
export function program(): Command {
  const whole = new Command('char-rnn')
    .description('A character language model: learns from any UTF-8 text, then generates similar text.')
    .addHelpText('after', EXAMPLES);
  whole.addCommand(trainCommand());
  whole.addCommand(sampleCommand());
  whole.addCommand(scoreCommand());
  whole.addCommand(compareCommand());
  whole.addCommand(inspectCommand());
  whole.addCommand(modelExportCommand());
  return whole;
}
