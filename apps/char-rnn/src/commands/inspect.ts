import { choice, nonNegativeInteger, positiveInteger, positiveNumber, seed } from '@unrolled/app-shared';
import { Command, InvalidArgumentError } from 'commander';
import type { ActivationsOptions } from '../inspect/activations-command';
import type { GradientsOptions } from '../inspect/gradients-command';
import type { CellKind } from '../model/model';
import { backendOption, checkpointOption, nonEmptyText } from './options';

export function inspectCommand(): Command {
  const whole = new Command('inspect').description(
    'Shows what happens inside models, in tables and pictures.',
  );
  whole.addCommand(gradientsCommand());
  whole.addCommand(activationsCommand());
  return whole;
}

const GRADIENT_NOTES = `
The norm at distance d is that of the gradient of one prediction's loss with respect to the hidden states of all layers d
steps before, the mean over windows. Below 1 a step it vanishes: the model cannot learn what lies that far back.

Examples:
  char-rnn inspect gradients                                  rnn, lstm and gru side by side, untrained
  char-rnn inspect gradients --cells rnn --recurrent-gain 2   one that explodes
  char-rnn inspect gradients --checkpoint runs/char-rnn-1 poems.txt`;

function gradientsCommand(): Command {
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
      (file: string, before: readonly string[] = []) => [...before, file],
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
    .option('--json', 'one object as the last line of standard output: { distance, models, files }')
    .action(async (files: string[], options: GradientsOptions) => {
      const { gradientsCommand: run } = await import('../inspect/gradients-command');
      await run(files, options);
    });
}

const ACTIVATION_NOTES = `
Orders of units: as they are (index), by their variance over the text, or by how strongly they go with the place in the
line (line-position) or with being inside quotation marks (quotes), by Pearson's correlation.

Examples:
  char-rnn inspect activations --checkpoint runs/char-rnn-1
  char-rnn inspect activations --checkpoint … --file chapter.txt --layer 1 --state c --sort line-position`;

function activationsCommand(): Command {
  return new Command('activations')
    .description(
      'What each unit does over a text, as a heat map: a picture, and a page that shows values and colours the text by a unit.',
    )
    .addHelpText('after', ACTIVATION_NOTES)
    .addOption(checkpointOption())
    .optionsGroup('Text:')
    .option('--text <text>', 'what the model reads (default: the beginning of Moby-Dick)', nonEmptyText)
    .option('--file <file>', 'the same from a UTF-8 file')
    .optionsGroup('Units:')
    .option('--layer <number>', 'which recurrent layer, from 1 (default: the last)', positiveInteger)
    .option('--state <name>', 'h, or of an LSTM c', choice('h', 'c'), 'h')
    .option(
      '--sort <order>',
      'index, variance, line-position or quotes',
      choice('index', 'variance', 'line-position', 'quotes'),
      'index',
    )
    .optionsGroup('Where and how:')
    .option(
      '--output <directory>',
      'activations.html, .svg, .png and .csv go there; earlier ones are replaced',
      'inspect',
    )
    .addOption(backendOption())
    .option(
      '--json',
      'one object as the last line of standard output: { layer, state, tokens, units, files }',
    )
    .action(async (options: ActivationsOptions) => {
      const { activationsCommand: run } = await import('../inspect/activations-command');
      await run(options);
    });
}

function cellKinds(text: string): CellKind[] {
  const kinds = text.split(',');
  const known = ['rnn', 'lstm', 'gru'];
  if (kinds.every((kind) => known.includes(kind)) && new Set(kinds).size === kinds.length) {
    return kinds as CellKind[];
  }
  throw new InvalidArgumentError('some of rnn, lstm and gru, each once, with commas between them');
}
