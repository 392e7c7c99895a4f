import { choice, positiveInteger } from '@unrolled/app-shared';
import { WALK_DEFAULTS } from '@unrolled/forecaster/settings';
import { InvalidArgumentError, type Option } from 'commander';
import { option } from './options';

/** How a back-test walks; `folds` is only told, since the rows may be fewer. */
export function walkOptions(folds: number): Option[] {
  return [
    option('--initial <rows>', 'rows before the first cut (default: half of them)', positiveInteger),
    option(
      '--folds <count>',
      `cuts (default: ${folds}, or with --stride as many as the rows have room for)`,
      positiveInteger,
    ),
    option(
      '--stride <rows>',
      'rows from one cut to the next (default: as many as use up the rows)',
      positiveInteger,
    ),
    option(
      '--training-window <kind>',
      'expanding: all rows before the cut; sliding: the newest of them',
      choice('expanding', 'sliding'),
      WALK_DEFAULTS.trainingWindow,
    ),
    option('--training-rows <rows>', 'of the sliding window (default: --initial)', positiveInteger),
    option(
      '--refit-every <folds>',
      "cuts from one fit to the next, or 'never' to keep the first",
      countOrNever,
      WALK_DEFAULTS.refitEvery,
    ),
  ];
}

export function workersOption(): Option {
  return option(
    '--workers <count>',
    'fits side by side; changes no result (default: one a core)',
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
