import * as kind from '@unrolled/app-shared';
import { Command } from 'commander';
import { train } from './train';
import { say, score } from './use';

const DATA = kind.choice('sentences', 'imdb', 'imdb-choosing', 'made-up');
const RESULT = kind.jsonOption('{ accuracy, steps }');

/** The command line `sentiment`. */
export function program(): Command {
  const whole = new Command('sentiment');
  whole.addHelpText('after', '\nexamples/sentiment/README.md has examples.');
  whole.description(
    'Classifies texts as positive or negative, and shows the words that determine the result.',
  );
  const command = (name: string, description: string) =>
    whole
      .command(name)
      .description(description)
      .option('--run <directory>', 'directory of the run', 'runs/sentiment');
  command('train', 'Trains a network, and keeps the one with the highest accuracy on the validation set.')
    .option(
      '--data <name>',
      'texts: sentences (of film reviews), imdb (film reviews), imdb-choosing (imdb without its test set) or made-up',
      DATA,
      'sentences',
    )
    .option(
      '--table <file>',
      'file to use instead of --data: each line has positive or negative, a tab, and a text',
    )
    .option('--embeddings <file>', 'initialise the embeddings of words from a GloVe or word2vec text file')
    .option('--minutes <count>', 'stop after this time in minutes (default: 20)', kind.positiveNumber)
    .option('--seconds <count>', 'stop after this time in seconds, instead of --minutes', kind.positiveNumber)
    .option(
      '--steps <count>',
      'stop after this number of steps; such a run can be repeated exactly',
      kind.positiveInteger,
    )
    .option(
      '--units <count>',
      'units of each LSTM; an embedding has twice this size',
      kind.positiveInteger,
      32,
    )
    .option(
      '--words <count>',
      'maximum number of words read, from the end of each text',
      kind.positiveInteger,
      400,
    )
    .option('--hide <share>', 'share of words that are hidden in a training step', kind.share, 0.2)
    .option(
      '--label-smoothing <share>',
      "share of the label's probability that is given to the other label",
      kind.share,
      0.1,
    )
    .option(
      '--weight-decay <factor>',
      'weight decay of AdamW, multiplied by the learning rate',
      kind.nonNegativeNumber,
      0,
    )
    .option('--batch-size <count>', 'texts in a batch', kind.positiveInteger, 32)
    .option('--learning-rate <rate>', 'highest learning rate', kind.positiveNumber, 0.002)
    .option(
      '--threads <count>',
      'number of threads of the kernels (default: one for each core)',
      kind.positiveInteger,
    )
    .option('--seed <number>', 'seed of all random numbers; the same seed repeats a run', kind.seed, 1)
    .option('--resume', 'continue the run with its original settings')
    .addOption(RESULT)
    .action((options, self: Command) => train(options, Object.keys(kind.givenOptions(self))));
  command('say', 'Prints the probability that each text is positive, and the words that determine it.')
    .argument('<texts...>', 'texts in the language of the training data', kind.repeated(kind.nonEmptyText))
    .option('--picture <file>', 'HTML page of the words in colours (default: words.html in the run)')
    .addOption(kind.jsonOption('{ texts: [{ text, positive, words: [{ word, share, attribution }] }] }'))
    .action(say);
  command('score', 'Scores the network on the test set.')
    .option('--errors <count>', 'number of wrong predictions to list', kind.nonNegativeInteger, 10)
    .addOption(RESULT)
    .action(score);
  return whole;
}
