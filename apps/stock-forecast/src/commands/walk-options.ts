import { choice, counted, positiveInteger } from '@unrolled/app-shared';
import { WALK_DEFAULTS } from '@unrolled/forecaster/settings';
import { InvalidArgumentError, type Option } from 'commander';
import { option } from './options';

/** Options of the back-test's folds; `folds` is a request, because there may be too few rows. */
export function walkOptions(folds: number): Option[] {
  return [
    option('--initial <rows>', 'rows before the first cut (default: half of them)', positiveInteger),
    option(
      '--folds <count>',
      `number of cuts (default: ${folds}, or with --stride the maximum)`,
      positiveInteger,
    ),
    option(
      '--stride <rows>',
      'rows from one cut to the next (default: by the number of rows and cuts)',
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

export function databaseOption(): Option {
  return option(
    '--database <address>',
    'postgres://user@host/name: hands fits to `sweep worker`s there; or a directory that keeps them; changes no result',
  );
}

/** Where fits run. */
export function fitsInWords(
  { workers, database }: { readonly workers: number; readonly database?: string | undefined },
  tasks: number,
): string {
  if (database !== undefined && /^postgres(ql)?:/i.test(database))
    return `${counted(tasks, 'fit')} by the workers of the database: sweep worker --database …`;
  return `${counted(Math.min(workers, tasks), 'fit')} side by side`;
}

function countOrNever(text: string): number | 'never' {
  if (text === 'never') return text;
  try {
    return positiveInteger(text);
  } catch {
    throw new InvalidArgumentError("a whole number of at least 1, or 'never'");
  }
}
