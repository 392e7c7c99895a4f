import { backendOption, choice, jsonOption, nonEmptyText, positiveInteger } from '@unrolled/app-shared';
import { Command } from 'commander';
import type { ActivationsOptions } from '../inspect/inspect-activations';
import { refuse } from '../refuse';
import { checkpointOption } from './options';

const ACTIVATION_NOTES = `
Orders of units: by index, by variance over the text, or by the size of Pearson's correlation with the position in the
line (line-position) or with being inside quotation marks (quotes).

Examples:
  char-rnn inspect activations --checkpoint runs/char-rnn-1
  char-rnn inspect activations --checkpoint … --file chapter.txt --layer 1 --state c --sort line-position`;

/** `char-rnn inspect activations`: shows the values of each unit of a layer over a text. */
export function activationsCommand(): Command {
  return new Command('activations')
    .description(
      'Shows the values of each unit over a text as a heat map: an image, and a page that colours the text by a unit.',
    )
    .addHelpText('after', ACTIVATION_NOTES)
    .addOption(checkpointOption())
    .optionsGroup('Text:')
    .option('--text <text>', 'text to read (default: the beginning of Moby-Dick)', nonEmptyText)
    .option('--file <file>', 'UTF-8 file to read instead of --text')
    .optionsGroup('Units:')
    .option('--layer <number>', 'the recurrent layer, counted from 1 (default: the last)', positiveInteger)
    .option('--state <name>', 'the state to show: h, or c of an LSTM', choice('h', 'c'), 'h')
    .option(
      '--sort <order>',
      'order of the units: index, variance, line-position or quotes',
      choice('index', 'variance', 'line-position', 'quotes'),
      'index',
    )
    .optionsGroup('Output and backend:')
    .option(
      '--output <directory>',
      'directory for activations.html, .svg, .png and .csv; existing files are replaced',
      'inspect',
    )
    .addOption(backendOption())
    .addOption(jsonOption('{ layer, state, tokens, units, files }'))
    .action(async (options: ActivationsOptions) => {
      if (options.text !== undefined && options.file !== undefined) {
        refuse('--file', { expected: 'no --text together with --file', got: 'both' });
      }
      const { inspectActivations } = await import('../inspect/inspect-activations');
      await inspectActivations(options);
    });
}
