import { Option } from 'commander';

/** `--checkpoint` of the commands that use a trained model. */
export function checkpointOption(): Option {
  return new Option(
    '--checkpoint <path>',
    'a run directory, for its best model, or a checkpoint in one',
  ).makeOptionMandatory();
}

/** `--context` of the commands that score texts. @param scored what it comes before */
export function contextOption(scored: string): Option {
  return new Option(
    '--context <text>',
    `what comes before each ${scored}; '': nothing, its first character is as likely as any other (default: a line's end)`,
  );
}

/** `--encoding`. @param read what is read in it */
export function encodingOption(read: string): Option {
  return new Option(
    '--encoding <name>',
    `of ${read}: cp949, gbk, shift-jis, latin-1, windows-1252 … (default: UTF-8, or UTF-16 by its mark)`,
  );
}

/** `--cache-directory`. */
export function cacheDirectoryOption(): Option {
  return new Option(
    '--cache-directory <directory>',
    'directory for the tokens of texts above 8 MiB (default: unrolled in the cache directory of the system)',
  );
}
