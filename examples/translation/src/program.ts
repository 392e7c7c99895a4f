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
  whole.addHelpText('after', '\nExamples stand in examples/translation/README.md.');
  whole.description('An encoder–decoder with attention: learns pairs of texts, and says the second of each.');
  const command = (name: string, description: string) =>
    whole.command(name).description(description).option('--run <directory>', 'its place', 'runs/translation');
  command('train', 'Learns pairs, and keeps the network with the fewest errors on the validation part.')
    .option('--data <name>', 'cmudict, numbers, messages', DATA, 'cmudict')
    .option('--pairs <files...>', 'instead: files that end in .tsv, .po, .mo or .tmx')
    .option('--languages <codes>', 'of numbers (default: en-US) or messages (de); of a .tmx two: en,de')
    .option('--source-unit <unit>', 'a token is a character, symbol (what spaces separate) or subword', UNIT)
    .option('--target-unit <unit>', 'the same; both are by default as the data need, of files subwords', UNIT)
    .option('--minutes <count>', 'stop after this much time (default: 40)', kind.positiveNumber)
    .option('--seconds <count>', 'the same in seconds', kind.positiveNumber)
    .option(
      '--steps <count>',
      'stop after this many: such a run can be repeated exactly',
      kind.positiveInteger,
    )
    .option('--units <count>', 'of each LSTM', kind.positiveInteger, 256)
    .option('--batch-tokens <count>', 'of both sides, learned in one step', kind.positiveInteger, 2000)
    .option('--learning-rate <rate>', 'the highest', kind.positiveNumber, 0.002)
    .option('--seed <number>', 'makes a run repeatable', kind.seed, 1)
    .option('--resume', 'go on with the run, as it was begun')
    .addOption(MEASURES)
    .action((options, self: Command) => train(options, Object.keys(kind.givenOptions(self))));
  command('say', 'Says the likeliest translations of texts.')
    .argument('<texts...>', 'as the source is written', kind.repeated(kind.nonEmptyText))
    .option('--best <count>', 'how many of each', kind.positiveInteger, 3)
    .option('--beam <width>', 'how many are followed at once', kind.positiveInteger, 5)
    .option('--picture <file>', 'where the network looked, as .svg (default: alignment.svg in the run)')
    .addOption(kind.jsonOption('{ texts: [{ source, translations: [{ target, logProbability }] }] }'))
    .action(say);
  command('score', 'Measures the network on the test part.')
    .option('--beam <width>', 'how many are followed at once', kind.positiveInteger, 5)
    .option('--errors <count>', 'how many of the errors are listed', kind.nonNegativeInteger, 10)
    .option('--translations <file>', 'writes all of them, one JSON object a line')
    .addOption(MEASURES)
    .action(score);
  return whole;
}
