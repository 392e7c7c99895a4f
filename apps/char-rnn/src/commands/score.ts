import { backendOption, choice, jsonOption, nonEmptyText, repeated } from '@unrolled/app-shared';
import { Command } from 'commander';
import { refuse } from '../refuse';
import type { ScoreOptions } from '../score/score-texts';
import { cacheDirectoryOption, checkpointOption, contextOption, encodingOption } from './options';

const NOTES = `
Each character is scored given all characters before it; the first one given --context. The scores of score, compare
and sample --beam are therefore the same number: ln P(text | context), in nats.

Examples:
  char-rnn score --checkpoint runs/char-rnn-1 chapter.txt
  char-rnn score --checkpoint … --text 'Call me Ishmael.' --text 'Call me a taxi.'
  char-rnn score --checkpoint … --per-character --text 'Call me Ishmael.'
  char-rnn score --checkpoint … --json < sentences.txt`;

/** `char-rnn score`: the probability of texts, in total and by character. */
export function scoreCommand(): Command {
  return new Command('score')
    .description(
      'Scores texts with a trained model: ln P, nats and bits per character, perplexity. Each file is one text of any size. Without files, each line of standard input is one text.',
    )
    .argument('[files...]', "UTF-8 text files; a pattern ('texts/*.txt') or - for standard input is one text")
    .addHelpText('after', NOTES)
    .addOption(checkpointOption())
    .option('--text <text>', 'a text to score instead of files; may be repeated', repeated(nonEmptyText))
    .addOption(contextOption('text'))
    .option(
      '--per-character',
      'show the surprisal of each character in bits: as colours on a terminal, otherwise one character per line; with --json in the object',
    )
    .option(
      '--color <when>',
      'when to use colours: always, never or auto (on a terminal, unless NO_COLOR is set)',
      choice('always', 'never', 'auto'),
      'auto',
    )
    .addOption(encodingOption('the files'))
    .addOption(cacheDirectoryOption())
    .addOption(backendOption())
    .addOption(jsonOption('{ unit, context, texts, total }'))
    .action(async (files: string[], options: ScoreOptions) => {
      if (files.length > 0 && options.text) {
        refuse('--text', { expected: 'no files together with --text', got: files.join(', ') });
      }
      const { scoreTexts } = await import('../score/score-texts');
      await scoreTexts(files, options);
    });
}
