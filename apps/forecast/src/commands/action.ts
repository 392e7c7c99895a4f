import { inOptions } from '@unrolled/app-shared';
import { UnrolledError } from '@unrolled/errors';
import type { Command } from 'commander';
import { refuse } from '../refuse';

/** The names on this command line, by the packages' option names. */
const RENAMED: Readonly<Record<string, string>> = {
  ...{ seriesColumn: 'series', dateColumn: 'date', requiredColumns: 'target', textColumns: 'static' },
  ...{ dateOrder: 'dateOrder', decimalSeparator: 'decimalSeparator' },
};

/** Wraps a command's action: errors of the packages name options of the command line. */
export function action<Options>(
  run: (files: string[], options: Options, command: Command) => Promise<void>,
): (files: string[], options: Options, command: Command) => Promise<void> {
  return (files, options, command) => run(files, options, command).catch(rethrow);
}

function rethrow(error: unknown): never {
  if (!(error instanceof UnrolledError) || error.packageName === 'forecast') throw error;
  const { packageName, scope, expected, got, remedy, code } = error;
  if (packageName === 'training' && code === 'not-finite')
    return refuse(
      'training',
      { expected, got, remedy: 'remove values that are far from the others', code },
      error,
    );
  if (packageName !== 'data' && packageName !== 'forecaster' && code !== 'memory') throw error;
  const words = (text: string) =>
    inOptions(text.replace(/`(\w+)/g, (_, name: string) => `\`${RENAMED[name] ?? name}`));
  const complaint = { expected: words(expected), got, remedy: remedy && withoutKeep(words(remedy)), code };
  if (packageName === 'forecaster') return refuse('series', { ...complaint, got: words(got) }, error);
  throw new UnrolledError('data', scope, complaint, { cause: error });
}

/** Removes the advice to drop rows, because this program always keeps missing values. */
function withoutKeep(remedy: string): string {
  return remedy.replace(/, or drop such rows \(--missing drop-rows\)/, '');
}
