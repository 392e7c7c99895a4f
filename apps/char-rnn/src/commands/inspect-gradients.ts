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
The norm at distance d is that of the gradient of one prediction's loss with respect to the hidden states of all layers d
steps before, the mean over windows. Below 1 a step it vanishes: the model cannot learn what lies that far back.

Examples:
  char-rnn inspect gradients                                  rnn, lstm and gru side by side, untrained
  char-rnn inspect gradients --cells rnn --recurrent-gain 2   one that explodes
  char-rnn inspect gradients --checkpoint runs/char-rnn-1 poems.txt`;

/** `char-rnn inspect gradients`: how far back the gradients of models reach. */
export function gradientsCommand(): Command {
  return new Command('gradients')
    .description(
      'How far back gradients reach: their norm by distance in time, of trained models or of fresh ones of each cell.',
    )
    .argument('[files...]', 'the text to look at, as of train (default: Moby-Dick)')
    .addHelpText('after', GRADIENT_NOTES)
    .optionsGroup('Models:')
    .option(
      '--checkpoint <path>',
      'a trained model, or a run directory with one; can be given several times',
      repeated(String),
    )
    .option(
      '--cells <kinds>',
      'untrained models, such as rnn,lstm,gru (default: all three, without --checkpoint)',
      cellKinds,
    )
    .option('--layers <count>', 'layers of the untrained ones', positiveInteger, 1)
    .option('--units <count>', 'units of each layer', positiveInteger, 128)
    .option('--embedding <size>', 'length of an embedding; 0: one-hot ids', nonNegativeInteger, 0)
    .option('--recurrent-gain <value>', 'what their recurrent weights are multiplied by', positiveNumber, 1)
    .option('--seed <number>', 'of the untrained weights', seed, 1)
    .optionsGroup('Measurement:')
    .option('--distance <steps>', 'how far to look back', positiveInteger, 50)
    .option('--windows <count>', 'places in the text, spread evenly', positiveInteger, 64)
    .optionsGroup('Where and how:')
    .option(
      '--output <directory>',
      'gradients.svg, .png, .csv and .json go there; earlier ones are replaced',
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
  throw new InvalidArgumentError('some of rnn, lstm and gru, each once, with commas between them');
}
