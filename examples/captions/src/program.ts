import * as kind from '@unrolled/app-shared';
import { ARTISTS } from '@unrolled/example-data';
import { Command } from 'commander';
import { train } from './train';
import { score, show } from './use';

const MEASURES = kind.jsonOption('{ exact, baselineExact, chrf, languages }');

/** The command line. */
export function program(): Command {
  const whole = new Command('captions');
  whole.addHelpText('after', '\nExamples stand in examples/captions/README.md.');
  whole.description('A convolutional encoder and a decoder with attention: names drawings in ten languages.');
  const command = (name: string, description: string) =>
    whole.command(name).description(description).option('--run <directory>', 'its place', 'runs/captions');
  command('train', 'Learns emoji of two artists and their names, and names those of a third one.')
    .option('--languages <codes>', 'of the names, separated by commas', 'en,ko,de,fr,es,it,pt,ru,ja,zh')
    .option(
      '--unseen <artist>',
      `whose drawings are named: ${ARTISTS.join(', ')}`,
      kind.choice(...ARTISTS),
      'noto',
    )
    .option('--minutes <count>', 'stop after this much time (default: 25)', kind.positiveNumber)
    .option('--seconds <count>', 'the same in seconds', kind.positiveNumber)
    .option(
      '--steps <count>',
      'stop after this many: such a run can be repeated exactly',
      kind.positiveInteger,
    )
    .option('--width <count>', 'filters of the first convolution', kind.positiveInteger, 96)
    .option('--units <count>', 'of the LSTM', kind.positiveInteger, 256)
    .option('--batch-tokens <count>', 'learned in one step', kind.positiveInteger, 640)
    .option('--learning-rate <rate>', 'the highest', kind.positiveNumber, 0.002)
    .option('--seed <number>', 'makes a run repeatable', kind.seed, 1)
    .option('--resume', 'go on with the run, as it was begun')
    .addOption(MEASURES)
    .action((options, self: Command) => train(options, Object.keys(kind.givenOptions(self))));
  command('show', 'Names drawings, and writes a page of them that shows where the decoder looked.')
    .argument('[drawings...]', 'SVG or PNG files; without them some of the unseen artist’s')
    .option(
      '--languages <codes>',
      'of the names (default: all that were learned); the page shows where the first looked',
    )
    .option('--count <number>', 'how many of the unseen drawings', kind.positiveInteger, 24)
    .option('--beam <width>', 'how many names are followed at once', kind.positiveInteger, 5)
    .option('--page <file>', 'where the page goes (default: captions.html in the run)')
    .addOption(kind.jsonOption('{ captions: [{ drawing, names }] }'))
    .action(show);
  command('score', 'Measures the network on the drawings that it has not seen.')
    .option('--beam <width>', 'how many names are followed at once', kind.positiveInteger, 5)
    .option('--errors <count>', 'how many of the errors are listed', kind.nonNegativeInteger, 10)
    .addOption(MEASURES)
    .action(score);
  return whole;
}
