import * as kind from '@unrolled/app-shared';
import { Command } from 'commander';
import { choose } from './choose';
import { score, train } from './run';

const RESULT = kind.jsonOption('{ accuracy, steps }');

/** The command line. */
export function program(): Command {
  const whole = new Command('vowels');
  whole.addHelpText('after', '\nExamples stand in examples/vowels/README.md.');
  whole.description('One answer for a whole utterance: which of nine men said it?');
  const command = (name: string, description: string) =>
    whole
      .command(name)
      .description(description)
      .option(
        '--files <files...>',
        'to train and to test, of the form of the UEA archive, in the place of the fetched',
      )
      .option('--made-up', 'speakers that the program makes up, in the place of the fetched');
  const place = ['--run <directory>', 'its place', 'runs/vowels'] as const;
  command('train', 'Learns 270 utterances, with several seeds.')
    .option(...place)
    .option('--networks <count>', 'how many, of different seeds', kind.positiveInteger, 5)
    .option('--units <count>', 'of each LSTM', kind.positiveInteger, 32)
    .option('--dropout <share>', 'of what they say, dropped while training', kind.share, 0.5)
    .option('--epochs <count>', 'how often every utterance is learned', kind.positiveInteger, 30)
    .option('--minutes <count>', 'stop after this much time, all networks together', kind.positiveNumber)
    .option('--seconds <count>', 'the same in seconds', kind.positiveNumber)
    .option('--steps <count>', 'stop each network after this many', kind.positiveInteger)
    .option('--seed <number>', 'of the first network', kind.seed, 1)
    .addOption(RESULT)
    .action(train);
  command('score', 'Measures the networks on the 370 utterances of the test part.')
    .option(...place)
    .addOption(RESULT)
    .action(score);
  command('choose', 'Finds units, dropout and epochs by cross-validation of the 270.')
    .option('--seed <number>', 'of the first fold', kind.seed, 1)
    .addOption(kind.jsonOption('{ settings, accuracy }'))
    .action(choose);
  return whole;
}
