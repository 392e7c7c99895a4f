import { backendOption, jsonOption } from '@unrolled/app-shared';
import { Command } from 'commander';
import type { CompareOptions } from '../score/compare-sentences';
import { checkpointOption, contextOption, encodingOption } from './options';

const NOTES = `
Ranks by ln P(text | context), in nats, as score computes it: the sum over a text's characters. The sum favours
short texts, so the rank by the mean per character is also shown.

Examples:
  char-rnn compare --checkpoint … 'the whale swam' 'the whale swum'
  char-rnn compare --checkpoint … --file sentences.txt --json`;

/** `char-rnn compare`: ranks sentences by their probability. */
export function compareCommand(): Command {
  return new Command('compare')
    .description('Ranks sentences by their probability under a trained model.')
    .argument('[sentences...]', 'two or more sentences')
    .addHelpText('after', NOTES)
    .addOption(checkpointOption())
    .option('--file <file>', 'UTF-8 file with one sentence per line; - is standard input')
    .addOption(encodingOption('--file'))
    .addOption(contextOption('sentence'))
    .addOption(backendOption())
    .addOption(jsonOption('{ unit, context, sentences }'))
    .action(async (sentences: string[], options: CompareOptions) => {
      const { compareSentences } = await import('../score/compare-sentences');
      await compareSentences(sentences, options);
    });
}
