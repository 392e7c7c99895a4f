import { choice, positiveInteger } from '@unrolled/app-shared';
import { WALK_DEFAULTS } from '@unrolled/forecaster/settings';
import { InvalidArgumentError, type Option } from 'commander';
import { option } from './options';

/** Options for the folds of a back-test. `folds` is a request; a file may have too few rows for it. */
export function walkOptions(folds: number): Option[] {
  return [
    option(
      '--initial <rows>',
      'number of rows before the first cut (default: half of all rows)',
      positiveInteger,
    ),
    option(
      '--folds <count>',
      `number of cuts (default: ${folds}; with --stride, all that fit)`,
      positiveInteger,
    ),
    option(
      '--stride <rows>',
      'number of rows from one cut to the next (default: by the number of rows and cuts)',
      positiveInteger,
    ),
    option(
      '--training-window <kind>',
      'rows to train on: expanding (all rows before the cut) or sliding (the newest of them)',
      choice('expanding', 'sliding'),
      WALK_DEFAULTS.trainingWindow,
    ),
    option(
      '--training-rows <rows>',
      'number of rows of the sliding window (default: --initial)',
      positiveInteger,
    ),
    option(
      '--refit-every <folds>',
      "number of cuts between fits, or 'never' to keep the first fit",
      countOrNever,
      WALK_DEFAULTS.refitEvery,
    ),
  ];
}

export function workersOption(): Option {
  return option(
    '--workers <count>',
    'number of parallel fits; does not change results (default: one for each core)',
    positiveInteger,
  );
}

function countOrNever(text: string): number | 'never' {
  if (text === 'never') return text;
  try {
    return positiveInteger(text);
  } catch {
    throw new InvalidArgumentError("a whole number of at least 1, or 'never'");
  }
}
