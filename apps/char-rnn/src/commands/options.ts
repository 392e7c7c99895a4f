import { Option } from 'commander';

/** `--checkpoint` of the commands that use a trained model. */
export function checkpointOption(): Option {
  return new Option(
    '--checkpoint <path>',
    'a run directory, for its best model, or a checkpoint in one',
  ).makeOptionMandatory();
}

/** `--context` of the commands that score texts. @param scored the text that follows the context */
export function contextOption(scored: string): Option {
  return new Option(
    '--context <text>',
    `text before each ${scored}; '' for none: the first character then has the same probability as any other (default: a line end)`,
  );
}

/** `--encoding`. @param read the input in this encoding */
export function encodingOption(read: string): Option {
  return new Option(
    '--encoding <name>',
    `encoding of ${read}: cp949, gbk, shift-jis, latin-1, windows-1252 … (default: UTF-8, or UTF-16 if a byte order mark shows it)`,
  );
}

/** `--cache-directory`. */
export function cacheDirectoryOption(): Option {
  return new Option(
    '--cache-directory <directory>',
    'directory for the token caches of texts above 8 MiB (default: unrolled in the cache directory of the system)',
  );
}
