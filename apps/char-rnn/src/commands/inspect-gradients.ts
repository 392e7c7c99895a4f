import {
  backendOption,
  jsonOption,
  nonNegativeInteger,
  positiveInteger,
  positiveNumber,
  repeated,
  seed,
} from '@unrolled/app-shared';
import type { RecurrentCellName } from '@unrolled/cells';
import { Command, InvalidArgumentError } from 'commander';
import type { GradientsOptions } from '../inspect/inspect-gradients';

const GRADIENT_NOTES = `
The norm at distance d is that of the gradient of one prediction's loss with respect to the hidden states of all layers,
d steps before, averaged over windows. If it falls at each step, the gradient vanishes, and the model cannot learn
dependencies over such distances.

Examples:
  char-rnn inspect gradients                                  rnn, lstm and gru side by side, untrained
  char-rnn inspect gradients --cells rnn --recurrent-gain 2   one that explodes
  char-rnn inspect gradients --checkpoint runs/char-rnn-1 poems.txt`;

/** `char-rnn inspect gradients`: measures how far back in time gradients reach. */
export function gradientsCommand(): Command {
  return new Command('gradients')
    .description(
      'Measures the norm of gradients by distance in time, for trained models or for untrained models of each cell.',
    )
    .argument('[files...]', 'text files, as in train (default: Moby-Dick)')
    .addHelpText('after', GRADIENT_NOTES)
    .optionsGroup('Models:')
    .option(
      '--checkpoint <path>',
      'a trained model, or a run directory that contains one; may be repeated',
      repeated(String),
    )
    .option(
      '--cells <kinds>',
      'cells of untrained models, such as rnn,lstm,gru (default: all three, without --checkpoint)',
      cellKinds,
    )
    .option('--layers <count>', 'number of recurrent layers of the untrained models', positiveInteger, 1)
    .option('--units <count>', 'units of each layer', positiveInteger, 128)
    .option('--embedding <size>', 'size of their embedding; 0: one-hot ids', nonNegativeInteger, 0)
    .option('--recurrent-gain <value>', 'factor of their initial recurrent weights', positiveNumber, 1)
    .option('--seed <number>', 'seed of the untrained weights', seed, 1)
    .optionsGroup('Measurement:')
    .option('--distance <steps>', 'maximum distance in time steps', positiveInteger, 50)
    .option('--windows <count>', 'number of positions in the text, spread evenly', positiveInteger, 64)
    .optionsGroup('Output and backend:')
    .option(
      '--output <directory>',
      'directory for gradients.svg, .png, .csv and .json; existing files are replaced',
      'inspect',
    )
    .addOption(backendOption())
    .addOption(jsonOption('{ distance, models, files }'))
    .action(async (files: string[], options: GradientsOptions) => {
      const { inspectGradients } = await import('../inspect/inspect-gradients');
      await inspectGradients(files, options);
    });
}

function cellKinds(text: string): RecurrentCellName[] {
  const kinds = text.split(',');
  const known = ['rnn', 'lstm', 'gru'];
  if (kinds.every((kind) => known.includes(kind)) && new Set(kinds).size === kinds.length) {
    return kinds as RecurrentCellName[];
  }
  throw new InvalidArgumentError('one or more of rnn, lstm and gru, each once, separated by commas');
}
