import { choice } from '@unrolled/app-shared';
import { Command } from 'commander';
import type { ScoreOptions } from '../score/score-command';
import { backendOption, checkpointOption, nonEmptyText } from './options';

const NOTES = `
Every character is scored given all before it; the first one given --context. So the scores of score, compare and
sample --beam are the same number: ln P(text | context), in nats.

Examples:
  char-rnn score --checkpoint runs/char-rnn-1 chapter.txt
  char-rnn score --checkpoint … --text 'Call me Ishmael.' --text 'Call me a taxi.'
  char-rnn score --checkpoint … --per-character --text 'Call me Ishmael.'
  char-rnn score --checkpoint … --json < sentences.txt`;

export function scoreCommand(): Command {
  return new Command('score')
    .description(
      'Tells how likely texts are under a trained model: ln P, nats and bits per character, perplexity. Files are scored each as one text, whatever their size; without any, standard input line by line.',
    )
    .argument(
      '[files...]',
      "UTF-8 text files, patterns ('texts/*.txt', as one text), - for standard input as one text",
    )
    .addHelpText('after', NOTES)
    .addOption(checkpointOption())
    .option(
      '--text <text>',
      'a text to score instead of files; can be given several times',
      (text: string, before: readonly string[] = []) => [...before, nonEmptyText(text)],
    )
    .option(
      '--context <text>',
      "what comes before each text; '': nothing, its first character is as likely as any other (default: a line's end)",
    )
    .option(
      '--per-character',
      "each character's surprise in bits: coloured on a terminal, else a line each; with --json in the object",
    )
    .option(
      '--color <when>',
      'always, never or auto: on a terminal, unless NO_COLOR is set',
      choice('always', 'never', 'auto'),
      'auto',
    )
    .option(
      '--cache-directory <directory>',
      'where the tokens of texts above 8 MiB are kept (default: unrolled in the cache directory of the system)',
    )
    .addOption(backendOption())
    .option('--json', 'one object as the last line of standard output: { unit, context, texts, total }')
    .action(async (files: string[], options: ScoreOptions) => {
      const { scoreCommand: run } = await import('../score/score-command');
      await run(files, options);
    });
}
