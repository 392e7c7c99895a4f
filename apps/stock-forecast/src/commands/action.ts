import { flagOf, inOptions } from '@unrolled/app-shared';
import { UnrolledError } from '@unrolled/errors';
import type { Command } from 'commander';
import { refuse } from '../refuse';

/** Wraps a command's action. Errors of the forecaster are rewritten in terms of the command line. */
export function action<Options>(
  run: (files: string[], options: Options, command: Command) => Promise<void>,
): (files: string[], options: Options, command: Command) => Promise<void> {
  return (files, options, command) =>
    run(files, options, command).catch((error: unknown) => rethrow(error, command));
}

/** An error about settings or data names the options instead. An error about series names the files. */
function rethrow(error: unknown, command: Command): never {
  if (!(error instanceof UnrolledError)) throw error;
  const { packageName, scope, expected, got, remedy, code } = error;
  if (packageName === 'training' && code === 'not-finite')
    return refuse('training', { expected, got, remedy: 'reduce --learning-rate', code }, error);
  if (packageName === 'data') {
    // The columns of a saved model are fixed.
    const isFixed = remedy?.includes('`requiredColumns`') && !hasOption(command, 'target');
    const inColumns = isFixed
      ? 'add the column, which the model reads, or train again'
      : remedy?.replace('`requiredColumns`', '`target`, `features`');
    const complaint = { expected: inOptions(expected), got, remedy: inColumns && inOptions(inColumns), code };
    throw new UnrolledError('data', scope, complaint, { cause: error });
  }
  if (packageName !== 'forecaster' && code !== 'memory') throw error;
  return refuse(
    scopeOf(scope, command),
    { expected: inOptions(expected), got: inOptions(got), remedy: remedy && inOptions(remedy), code },
    error,
  );
}

function hasOption({ options }: Command, name: string): boolean {
  return options.some((option) => option.attributeName() === name);
}

function scopeOf(scope: string, { parent }: Command): string {
  if (scope === 'series') return 'files';
  return parent?.commands.some((command) => hasOption(command, scope)) ? flagOf(scope) : scope;
}
