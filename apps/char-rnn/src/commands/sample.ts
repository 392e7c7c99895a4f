import {
  backendOption,
  jsonOption,
  nonEmptyText,
  nonNegativeNumber,
  positiveInteger,
  positiveNumber,
  probability,
  ratio,
  repeated,
  seed,
} from '@unrolled/app-shared';
import { Command, Option } from 'commander';
import { refuse } from '../refuse';
import type { SampleOptions } from '../sample/sample-texts';
import { unescaped } from '../text/escapes';
import { checkpointOption, encodingOption } from './options';

const EXAMPLES = `
Examples:
  char-rnn sample --checkpoint runs/char-rnn-1 --prime 'Call me '
  char-rnn sample --checkpoint … --temperature 0.7 --top-p 0.9 --samples 5
  char-rnn sample --checkpoint … --prime 'It was ' --stop . --beam 10
  cat chapter.txt | char-rnn sample --checkpoint … --prime-file -
  char-rnn sample --checkpoint … --interactive

The same seed gives the same text on the same machine and backend.`;

/** Options of drawing, which a beam search does not do. */
const DRAWING = [
  'temperature',
  'topK',
  'topP',
  'minP',
  'repetitionPenalty',
  'repetitionWindow',
  'seed',
  'samples',
];

/** `char-rnn sample`: writes text with a trained model. */
export function sampleCommand(): Command {
  const command = new Command('sample')
    .description('Writes text with a trained model, as it is drawn.')
    .addHelpText('after', EXAMPLES)
    .addOption(checkpointOption());
  addTextOptions(command);
  addDrawingOptions(command);
  addSearchOptions(command);
  return command
    .optionsGroup('Where and how:')
    .addOption(
      new Option('--interactive', 'a prime a line from the terminal; :help lists its commands').conflicts([
        ...['beam', 'samples', 'prime', 'primeFile', 'json'],
      ]),
    )
    .addOption(backendOption())
    .addOption(jsonOption('{ text }, { samples } or { candidates }'))
    .action(async (options: SampleOptions) => {
      checkCombinations(options);
      const { sampleTexts } = await import('../sample/sample-texts');
      await sampleTexts(options);
    });
}

function addTextOptions(command: Command): void {
  command
    .optionsGroup('Text:')
    .option('--prime <text>', "what to continue; part of the result (default: as after a line's end)")
    .addOption(
      new Option(
        '--prime-file <file>',
        'the same from a UTF-8 file, its last line end too; - for standard input',
      ).conflicts('prime'),
    )
    .option(
      '--length <tokens>',
      'tokens to write after the prime: characters, or the unit that the model was trained on',
      positiveInteger,
      500,
    )
    .option(
      '--stop <text>',
      'ends the text where this would come, without it; \\n, \\r, \\t and \\\\ are read; can be given several times',
      repeated((text) => unescaped(nonEmptyText(text))),
    )
    .addOption(encodingOption('--prime-file'))
    .option('--samples <count>', 'number of texts to draw in one batch', positiveInteger);
}

function addDrawingOptions(command: Command): void {
  command
    .optionsGroup('Drawing, in the order in which they act:')
    .option(
      '--repetition-penalty <value>',
      'above 1 keeps from repeating the last tokens; 1.2 is a lot for characters (default: 1)',
      positiveNumber,
    )
    .option('--repetition-window <tokens>', 'how many tokens those are (default: 64)', positiveInteger)
    .option(
      '--temperature <value>',
      'below 1 plays safe, above 1 dares; 0: always the likeliest',
      nonNegativeNumber,
      1,
    )
    .option('--top-k <count>', 'draw only from this many of the likeliest tokens', positiveInteger)
    .option('--top-p <probability>', 'only the likeliest that have this probability together', probability)
    .option('--min-p <share>', "only those with this share of the likeliest one's probability", ratio)
    .option('--seed <number>', 'another seed, another text', seed, 1);
}

function addSearchOptions(command: Command): void {
  command
    .optionsGroup('Searching:')
    .addOption(
      new Option('--beam <width>', 'the likeliest texts that a beam of this width finds; nothing is drawn')
        .argParser(positiveInteger)
        .conflicts(DRAWING),
    )
    .option(
      '--length-penalty <exponent>',
      'the larger, the longer the texts that --stop ends (default: 0)',
      nonNegativeNumber,
    );
}

/**
 * Options that would have no effect are mistakes, as those are that exclude each other (commander refuses
 * these).
 */
function checkCombinations(options: SampleOptions): void {
  const { repetitionPenalty, repetitionWindow, beam, lengthPenalty } = options;
  if (repetitionWindow !== undefined && repetitionPenalty === undefined) {
    refuse('--repetition-window', { expected: 'a --repetition-penalty beside it', got: 'none' });
  }
  if (lengthPenalty !== undefined && beam === undefined) {
    refuse('--length-penalty', { expected: 'a --beam beside it', got: 'none' });
  }
}
