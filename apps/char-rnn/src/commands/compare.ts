import { backendOption, jsonOption } from '@unrolled/app-shared';
import { Command } from 'commander';
import type { CompareOptions } from '../score/compare-sentences';
import { checkpointOption, contextOption, encodingOption } from './options';

const NOTES = `
Ranks by ln P(text | context), in nats, as score gives it: the sum over a text's characters. A longer text is less likely
as a whole; the rank per character is beside it.

Examples:
  char-rnn compare --checkpoint … 'the whale swam' 'the whale swum'
  char-rnn compare --checkpoint … --file sentences.txt --json`;

/** `char-rnn compare`: ranks sentences by how likely they are. */
export function compareCommand(): Command {
  return new Command('compare')
    .description('Ranks sentences by their probability under a trained model.')
    .argument('[sentences...]', 'two or more')
    .addHelpText('after', NOTES)
    .addOption(checkpointOption())
    .option('--file <file>', 'UTF-8 file of sentences, one in each line; - is standard input')
    .addOption(encodingOption('--file'))
    .addOption(contextOption('sentence'))
    .addOption(backendOption())
    .addOption(jsonOption('{ unit, context, sentences }'))
    .action(async (sentences: string[], options: CompareOptions) => {
      const { compareSentences } = await import('../score/compare-sentences');
      await compareSentences(sentences, options);
    });
}
