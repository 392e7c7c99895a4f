import { choice, counted, positiveInteger } from '@unrolled/app-shared';
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
