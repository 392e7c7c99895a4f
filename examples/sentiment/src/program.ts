import * as kind from '@unrolled/app-shared';
import { Command } from 'commander';
import { train } from './train';
import { say, score } from './use';

const DATA = kind.choice('sentences', 'imdb', 'imdb-choosing', 'made-up');
const RESULT = kind.jsonOption('{ accuracy, steps }');

/** The command line. */
export function program(): Command {
  const whole = new Command('sentiment');
  whole.addHelpText('after', '\nExamples stand in examples/sentiment/README.md.');
  whole.description('One answer for a whole text: is its author glad or angry, and which words decided?');
  const command = (name: string, description: string) =>
    whole.command(name).description(description).option('--run <directory>', 'its place', 'runs/sentiment');
  command('train', 'Learns texts, and keeps the network that judges most of the validation part right.')
    .option('--data <name>', 'sentences, imdb, imdb-choosing (without its test), made-up', DATA, 'sentences')
    .option('--table <file>', 'instead: on each line glad or angry, a tab, and a text')
    .option('--embeddings <file>', 'begin with the words of a GloVe or word2vec text file')
    .option('--minutes <count>', 'stop after this much time (default: 20)', kind.positiveNumber)
    .option('--seconds <count>', 'the same in seconds', kind.positiveNumber)
    .option('--steps <count>', 'stop after this many: repeatable exactly', kind.positiveInteger)
    .option(
      '--units <count>',
      'of each LSTM; twice as many numbers stand for a word',
      kind.positiveInteger,
      32,
    )
    .option('--words <count>', 'how many words at the end of a text are read', kind.positiveInteger, 400)
    .option('--hide <share>', 'of the words, others in every step', kind.share, 0.2)
    .option('--label-smoothing <share>', 'what a label lacks of certainty', kind.share, 0.1)
    .option('--weight-decay <factor>', 'of AdamW, times the learning rate', kind.nonNegativeNumber, 0)
    .option('--batch-size <count>', 'texts learned in one step', kind.positiveInteger, 32)
    .option('--learning-rate <rate>', 'the highest', kind.positiveNumber, 0.002)
    .option('--threads <count>', 'of the kernels (default: one a core)', kind.positiveInteger)
    .option('--seed <number>', 'makes a run repeatable', kind.seed, 1)
    .option('--resume', 'go on with the run, as it was begun')
    .addOption(RESULT)
    .action((options, self: Command) => train(options, Object.keys(kind.givenOptions(self))));
  command('say', 'Says how probable it is that texts are glad, and which words decided.')
    .argument('<texts...>', 'in the language that was learned', kind.repeated(kind.nonEmptyText))
    .option('--picture <file>', 'the words in colours, as .html (default: words.html in the run)')
    .addOption(kind.jsonOption('{ texts: [{ text, glad, words: [{ word, share, pull }] }] }'))
    .action(say);
  command('score', 'Measures the network on the test part.')
    .option('--errors <count>', 'how many of the errors are listed', kind.nonNegativeInteger, 10)
    .addOption(RESULT)
    .action(score);
  return whole;
}
