import { inOptions } from '@unrolled/app-shared';
import { UnrolledError } from '@unrolled/errors';
import type { Command } from 'commander';
import { refuse } from '../refuse';

/** The packages' option names, by their names on this command line. */
const RENAMED: Readonly<Record<string, string>> = {
  ...{ seriesColumn: 'series', dateColumn: 'date', requiredColumns: 'target', textColumns: 'static' },
  ...{ dateOrder: 'dateOrder', decimalSeparator: 'decimalSeparator' },
};

/** A command's action, with errors of the packages in the words of the command line. */
export function action<Options>(
  run: (files: string[], options: Options, command: Command) => Promise<void>,
): (files: string[], options: Options, command: Command) => Promise<void> {
  return (files, options, command) => run(files, options, command).catch(rethrow);
}

function rethrow(error: unknown): never {
  if (!(error instanceof UnrolledError) || error.packageName === 'forecast') throw error;
  const { packageName, scope, expected, got, remedy, code } = error;
  if (packageName === 'training' && code === 'not-finite')
    return refuse('training', { expected, got, remedy: 'leave out what is far from the rest', code }, error);
  if (packageName !== 'data' && packageName !== 'forecaster' && code !== 'memory') throw error;
  const words = (text: string) =>
    inOptions(text.replace(/`(\w+)/g, (_, name: string) => `\`${RENAMED[name] ?? name}`));
  const complaint = { expected: words(expected), got, remedy: remedy && withoutKeep(words(remedy)), code };
  if (packageName === 'forecaster') return refuse('series', { ...complaint, got: words(got) }, error);
  throw new UnrolledError('data', scope, complaint, { cause: error });
}

/** Missing values are kept always. */
function withoutKeep(remedy: string): string {
  return remedy.replace(/, or drop such rows \(--missing drop-rows\)/, '');
}
