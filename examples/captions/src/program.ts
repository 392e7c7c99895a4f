import * as kind from '@unrolled/app-shared';
import { ARTISTS } from '@unrolled/example-data';
import { Command } from 'commander';
import { train } from './train';
import { score, show } from './use';

const MEASURES = kind.jsonOption('{ exact, baselineExact, chrf, languages }');

/** The command line. */
export function program(): Command {
  const whole = new Command('captions');
  whole.addHelpText('after', '\nexamples/captions/README.md has examples.');
  whole.description(
    'Names drawings in ten languages, with a convolutional encoder and a decoder with attention.',
  );
  const command = (name: string, description: string) =>
    whole
      .command(name)
      .description(description)
      .option('--run <directory>', 'directory of the run', 'runs/captions');
  command('train', 'Trains on emoji by two artists and their names, and names those of a third artist.')
    .option(
      '--languages <codes>',
      'languages of the names, separated by commas',
      'en,ko,de,fr,es,it,pt,ru,ja,zh',
    )
    .option(
      '--unseen <artist>',
      `artist whose drawings are the test: ${ARTISTS.join(', ')}`,
      kind.choice(...ARTISTS),
      'noto',
    )
    .option('--minutes <count>', 'stop after this time in minutes (default: 25)', kind.positiveNumber)
    .option('--seconds <count>', 'stop after this time in seconds, instead of --minutes', kind.positiveNumber)
    .option(
      '--steps <count>',
      'stop after this number of steps; such a run can be repeated exactly',
      kind.positiveInteger,
    )
    .option('--width <count>', 'filters of the first convolution', kind.positiveInteger, 96)
    .option('--units <count>', 'units of the LSTM', kind.positiveInteger, 256)
    .option('--batch-tokens <count>', 'maximum size of a batch in tokens', kind.positiveInteger, 640)
    .option('--learning-rate <rate>', 'highest learning rate', kind.positiveNumber, 0.002)
    .option('--seed <number>', 'seed of all random numbers; the same seed repeats a run', kind.seed, 1)
    .option('--resume', 'continue the run with its original settings')
    .addOption(MEASURES)
    .action((options, self: Command) => train(options, Object.keys(kind.givenOptions(self))));
  command('show', 'Names drawings, and writes a page that shows the attention of the decoder.')
    .argument('[drawings...]', 'SVG or PNG files (default: some of the unseen artist’s)')
    .option(
      '--languages <codes>',
      'languages of the names (default: all that were learned); the page shows the attention for the first',
    )
    .option('--count <number>', 'number of the unseen drawings', kind.positiveInteger, 24)
    .option('--beam <width>', 'width of the beam search', kind.positiveInteger, 5)
    .option('--page <file>', 'path of the page (default: captions.html in the run)')
    .addOption(kind.jsonOption('{ captions: [{ drawing, names }] }'))
    .action(show);
  command('score', 'Scores the network on the unseen drawings.')
    .option('--beam <width>', 'width of the beam search', kind.positiveInteger, 5)
    .option('--errors <count>', 'number of wrong names to list', kind.nonNegativeInteger, 10)
    .addOption(MEASURES)
    .action(score);
  return whole;
}
