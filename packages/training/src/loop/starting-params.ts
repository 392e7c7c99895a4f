/** The initial parameters of a run, and their owner. */
import { flattenParams } from '@unrolled/cells';
import { inWords, UnrolledError } from '@unrolled/errors';
import { refuse } from '../refuse';
import { asked, checkAlive, free } from './batch-tensors';

/**
 * A tree of tensors, which belongs to the caller, or a function that creates one. The function is called
 * once, and its tensors are freed after they were copied.
 */
export type StartingParams<P> = P | (() => P);

/** Calls `use` with the tree. Afterwards it frees the tree's tensors if a function created them. */
export function withTree<P, R>(params: StartingParams<P>, use: (params: P) => R): R {
  const { result, made } =
    typeof params === 'function' ? asked(params as () => P) : { result: params, made: [] };
  try {
    return use(result);
  } finally {
    free(made);
  }
}

/** {@link withTree} for parameters to train. It checks that they are float32 tensors. */
export function withParams<P, R>(scope: string, params: StartingParams<P>, use: (params: P) => R): R {
  return withTree(params, (tree) => {
    checkParams(scope, tree);
    return use(tree);
  });
}

function checkParams(scope: string, params: unknown): void {
  for (const [path, tensor] of Object.entries(flattened(scope, params))) {
    checkAlive(
      scope,
      'params',
      tensor,
      'pass params: () => model.init(1), whose tensors the run creates and frees',
    );
    if (tensor.dtype === 'float32') continue;
    refuse(scope, {
      expected: 'float32 parameters',
      got: `${tensor.dtype} at '${path}'`,
      remedy: 'remove tensors that are not trained from params',
      code: 'shape',
    });
  }
}

function flattened(scope: string, params: unknown) {
  const complain = (got: string, cause?: unknown): never =>
    refuse(
      scope,
      {
        expected: 'params: tensors in nested records and arrays, or a function that returns them',
        got,
        remedy: 'pass model.init(1), or () => model.init(1)',
      },
      cause,
    );
  if (typeof params !== 'object' || params === null) return complain(inWords(params));
  if (params instanceof Promise) return complain('a promise');
  try {
    return flattenParams(params);
  } catch (error) {
    return complain(error instanceof UnrolledError ? error.got : inWords(params), error);
  }
}
