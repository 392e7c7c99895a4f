import * as kind from '@unrolled/app-shared';
import { Command } from 'commander';
import { choose } from './choose';
import { score, train } from './run';

const RESULT = kind.jsonOption('{ accuracy, steps }');

/** The command line. */
export function program(): Command {
  const whole = new Command('vowels');
  whole.addHelpText('after', '\nexamples/vowels/README.md has examples.');
  whole.description('Recognises which of nine men is speaking, from a whole utterance.');
  const command = (name: string, description: string) =>
    whole
      .command(name)
      .description(description)
      .option(
        '--files <files...>',
        'training and test file in the format of the UEA archive, to use instead of the download',
      )
      .option('--made-up', 'use generated speakers instead of the download');
  const place = ['--run <directory>', 'directory of the run', 'runs/vowels'] as const;
  command('train', 'Trains networks with several seeds on 270 utterances.')
    .option(...place)
    .option('--networks <count>', 'number of networks, with different seeds', kind.positiveInteger, 5)
    .option('--units <count>', 'units of each LSTM', kind.positiveInteger, 32)
    .option('--dropout <share>', "share of the LSTMs' outputs dropped during training", kind.share, 0.5)
    .option('--epochs <count>', 'number of epochs', kind.positiveInteger, 30)
    .option(
      '--minutes <count>',
      'stop after this time in minutes, for all networks together',
      kind.positiveNumber,
    )
    .option('--seconds <count>', 'stop after this time in seconds, instead of --minutes', kind.positiveNumber)
    .option(
      '--steps <count>',
      'stop the training of each network after this number of steps',
      kind.positiveInteger,
    )
    .option('--seed <number>', 'seed of the first network', kind.seed, 1)
    .addOption(RESULT)
    .action(train);
  command('score', 'Scores the networks on the 370 test utterances.')
    .option(...place)
    .addOption(RESULT)
    .action(score);
  command('choose', 'Chooses units, dropout and epochs by cross-validation of the 270 utterances.')
    .option('--seed <number>', 'seed of the first fold', kind.seed, 1)
    .addOption(kind.jsonOption('{ settings, accuracy }'))
    .action(choose);
  return whole;
}
