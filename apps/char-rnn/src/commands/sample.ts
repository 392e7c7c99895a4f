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
    .description('Generates text with a trained model, and prints it as it is drawn.')
    .addHelpText('after', EXAMPLES)
    .addOption(checkpointOption());
  addTextOptions(command);
  addDrawingOptions(command);
  addSearchOptions(command);
  return command
    .optionsGroup('Where and how:')
    .addOption(
      new Option(
        '--interactive',
        'reads a prime from each line of the terminal; :help lists its commands',
      ).conflicts([...['beam', 'samples', 'prime', 'primeFile', 'json']]),
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
    .option('--prime <text>', "text to continue, part of the result (default: as after a line's end)")
    .addOption(
      new Option(
        '--prime-file <file>',
        'UTF-8 file to continue, with its last line end; - is standard input',
      ).conflicts('prime'),
    )
    .option(
      '--length <tokens>',
      'number of tokens after the prime: characters, or the unit of the model',
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
    .optionsGroup('Drawing, in the order of application:')
    .option(
      '--repetition-penalty <value>',
      'above 1 penalises the last tokens; 1.2 is strong for characters (default: 1)',
      positiveNumber,
    )
    .option('--repetition-window <tokens>', 'number of penalised tokens (default: 64)', positiveInteger)
    .option(
      '--temperature <value>',
      'below 1 favours likely tokens, above 1 unlikely ones; 0: always the most likely',
      nonNegativeNumber,
      1,
    )
    .option('--top-k <count>', 'draw only among this number of the most likely tokens', positiveInteger)
    .option(
      '--top-p <probability>',
      'only among the most likely tokens with this total probability',
      probability,
    )
    .option('--min-p <share>', 'only among tokens with this share of the highest probability', ratio)
    .option('--seed <number>', 'seed of the draws', seed, 1);
}

function addSearchOptions(command: Command): void {
  command
    .optionsGroup('Searching:')
    .addOption(
      new Option(
        '--beam <width>',
        'print the most likely texts of a beam search of this width, instead of drawing',
      )
        .argParser(positiveInteger)
        .conflicts(DRAWING),
    )
    .option(
      '--length-penalty <exponent>',
      'larger values favour longer texts, with --stop (default: 0)',
      nonNegativeNumber,
    );
}

/** Refuses options without effect. commander refuses options that exclude each other. */
function checkCombinations(options: SampleOptions): void {
  const { repetitionPenalty, repetitionWindow, beam, lengthPenalty } = options;
  if (repetitionWindow !== undefined && repetitionPenalty === undefined) {
    refuse('--repetition-window', { expected: 'a --repetition-penalty with it', got: 'none' });
  }
  if (lengthPenalty !== undefined && beam === undefined) {
    refuse('--length-penalty', { expected: 'a --beam with it', got: 'none' });
  }
}
