import * as kind from '@unrolled/app-shared';
import { Command } from 'commander';
import { train } from './train';
import { say, score } from './use';

const DATA = kind.choice('cmudict', 'numbers', 'messages');
const UNIT = kind.choice('character', 'symbol', 'subword');
const MEASURES = kind.jsonOption('{ wordErrorRate, phonemeErrorRate, bleu, chrf, steps }');

/** The command line. */
export function program(): Command {
  const whole = new Command('translation');
  whole.addHelpText('after', '\nexamples/translation/README.md has examples.');
  whole.description(
    'Translates texts: trains an encoder–decoder with attention on text pairs, and translates others.',
  );
  const command = (name: string, description: string) =>
    whole
      .command(name)
      .description(description)
      .option('--run <directory>', 'directory of the run', 'runs/translation');
  command('train', 'Trains on pairs, and keeps the network with the fewest errors on the validation set.')
    .option(
      '--data <name>',
      'text pairs: cmudict (spellings and pronunciations), numbers (digits and words) or messages (English and German)',
      DATA,
      'cmudict',
    )
    .option('--pairs <files...>', 'files of pairs to use instead of --data: .tsv, .po, .mo or .tmx')
    .option(
      '--languages <codes>',
      'language of numbers (default: en-US) or of messages (default: de); for a .tmx file two, such as en,de',
    )
    .option(
      '--source-unit <unit>',
      'unit of a source token: character, symbol (separated by spaces) or subword',
      UNIT,
    )
    .option('--target-unit <unit>', 'unit of a target token (default: by the data; subword for files)', UNIT)
    .option('--minutes <count>', 'stop after this time in minutes (default: 40)', kind.positiveNumber)
    .option('--seconds <count>', 'stop after this time in seconds, instead of --minutes', kind.positiveNumber)
    .option(
      '--steps <count>',
      'stop after this number of steps; such a run can be repeated exactly',
      kind.positiveInteger,
    )
    .option('--units <count>', 'units of each LSTM', kind.positiveInteger, 256)
    .option(
      '--batch-tokens <count>',
      'maximum size of a batch in tokens of both sides',
      kind.positiveInteger,
      2000,
    )
    .option('--learning-rate <rate>', 'highest learning rate', kind.positiveNumber, 0.002)
    .option('--seed <number>', 'seed of all random numbers; the same seed repeats a run', kind.seed, 1)
    .option('--resume', 'continue the run with its original settings')
    .addOption(MEASURES)
    .action((options, self: Command) => train(options, Object.keys(kind.givenOptions(self))));
  command('say', 'Prints the most likely translations of texts.')
    .argument('<texts...>', 'texts in the language of the sources', kind.repeated(kind.nonEmptyText))
    .option('--best <count>', 'number of translations for each text', kind.positiveInteger, 3)
    .option('--beam <width>', 'width of the beam search', kind.positiveInteger, 5)
    .option('--picture <file>', 'path of the picture, .svg (default: alignment.svg in the run)')
    .addOption(kind.jsonOption('{ texts: [{ source, translations: [{ target, logProbability }] }] }'))
    .action(say);
  command('score', 'Scores the network on the test set.')
    .option('--beam <width>', 'width of the beam search', kind.positiveInteger, 5)
    .option('--errors <count>', 'number of wrong translations to list', kind.nonNegativeInteger, 10)
    .option('--translations <file>', 'write all translations to this file, one JSON object per line')
    .addOption(MEASURES)
    .action(score);
  return whole;
}
