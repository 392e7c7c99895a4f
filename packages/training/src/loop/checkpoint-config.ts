/** Gives a checkpoint's config, which was read as JSON, the program's type. */
import { inWords, type OptionKinds, UnrolledError } from '@unrolled/errors';
import { checkOptions, refuse } from '../refuse';
import type { Json } from './checkpoint-header';

/** A type guard for `config`. */
export interface ConfigGuard<C> {
  readonly check: (config: unknown) => config is C;
}

/**
 * A function that returns `config` with its type, or throws, such as zod's `schema.parse`.
 */
export interface ConfigParser<C> {
  readonly check: (config: unknown) => C;
}

const KINDS: OptionKinds<ConfigParser<unknown>> = { check: 'function' };

/** The checkpoint with the config that the check returns; unchanged if there is no check. */
export function withCheckedConfig<T extends { readonly config: Json }>(
  scope: string,
  checkpoint: T,
  options: ConfigParser<unknown> | undefined,
): Omit<T, 'config'> & { readonly config: unknown } {
  if (options === undefined) return checkpoint;
  checkOptions<ConfigParser<unknown>>(scope, options, KINDS);
  const { config } = checkpoint;
  const checked = checkedConfig(scope, config, options.check);
  // A guard returns a boolean, a parser the config itself.
  if (checked === true) return checkpoint;
  if (checked === false && config !== false) refuseConfig(scope, inWords(config));
  return { ...checkpoint, config: checked };
}

function checkedConfig(scope: string, config: Json, check: (config: unknown) => unknown): unknown {
  try {
    return check(config);
  } catch (error) {
    if (error instanceof UnrolledError) throw error;
    return refuseConfig(scope, error instanceof Error ? error.message : inWords(error), error);
  }
}

function refuseConfig(scope: string, got: string, cause?: unknown): never {
  refuse(
    scope,
    {
      expected: 'a checkpoint whose config the option check accepts',
      got,
      remedy: 'use a checkpoint of this program; another program or version wrote this one',
      code: 'format',
    },
    cause,
  );
}
