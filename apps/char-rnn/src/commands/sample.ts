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

/** Options of sampling, which do not apply to a beam search. */
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

/** `char-rnn sample`: generates text with a trained model. */
export function sampleCommand(): Command {
  const command = new Command('sample')
    .description('Generates text with a trained model, and prints it during sampling.')
    .addHelpText('after', EXAMPLES)
    .addOption(checkpointOption());
  addTextOptions(command);
  addDrawingOptions(command);
  addSearchOptions(command);
  return command
    .optionsGroup('Output and backend:')
    .addOption(
      new Option(
        '--interactive',
        'read a prime from each line of the terminal; :help lists the commands',
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
    .option(
      '--prime <text>',
      'text to continue; it is part of the result (default: continue after a line end)',
    )
    .addOption(
      new Option(
        '--prime-file <file>',
        'UTF-8 file to continue, including its last line end; - is standard input',
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
      'stop before this text would be generated; \\n, \\r, \\t and \\\\ are escapes; may be repeated',
      repeated((text) => unescaped(nonEmptyText(text))),
    )
    .addOption(encodingOption('--prime-file'))
    .option('--samples <count>', 'number of texts to draw in one batch', positiveInteger);
}

function addDrawingOptions(command: Command): void {
  command
    .optionsGroup('Sampling, in the order of application:')
    .option(
      '--repetition-penalty <value>',
      'a value above 1 penalises the last tokens; 1.2 is strong for characters (default: 1)',
      positiveNumber,
    )
    .option('--repetition-window <tokens>', 'number of penalised tokens (default: 64)', positiveInteger)
    .option(
      '--temperature <value>',
      'a value below 1 favours likely tokens, above 1 unlikely ones; 0: always the most likely token',
      nonNegativeNumber,
      1,
    )
    .option('--top-k <count>', 'sample from this number of the most likely tokens only', positiveInteger)
    .option(
      '--top-p <probability>',
      'sample from the most likely tokens with this total probability only',
      probability,
    )
    .option(
      '--min-p <share>',
      'sample only from tokens whose probability is at least this share of the highest',
      ratio,
    )
    .option('--seed <number>', 'seed of all random numbers; the same seed repeats the texts', seed, 1);
}

function addSearchOptions(command: Command): void {
  command
    .optionsGroup('Searching:')
    .addOption(
      new Option(
        '--beam <width>',
        'print the most likely texts of a beam search of this width, instead of sampling',
      )
        .argParser(positiveInteger)
        .conflicts(DRAWING),
    )
    .option(
      '--length-penalty <exponent>',
      'with --stop, a larger value favours longer texts (default: 0)',
      nonNegativeNumber,
    );
}

/** Refuses options that have no effect. commander refuses options that exclude each other. */
function checkCombinations(options: SampleOptions): void {
  const { repetitionPenalty, repetitionWindow, beam, lengthPenalty } = options;
  if (repetitionWindow !== undefined && repetitionPenalty === undefined) {
    refuse('--repetition-window', {
      expected: '--repetition-penalty together with this option',
      got: 'none',
    });
  }
  if (lengthPenalty !== undefined && beam === undefined) {
    refuse('--length-penalty', { expected: '--beam together with this option', got: 'none' });
  }
}
