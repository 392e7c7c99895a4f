import { refuse } from '../refuse';
import { adam } from './adam';
import type { Optimizer } from './optimizer';
import { rmsprop } from './rmsprop';
import { sgd } from './sgd';

/** Optimizers that can be asked for by name, with their default settings. */
export type OptimizerName = 'adam' | 'rmsprop' | 'sgd';

const makers: Record<OptimizerName, () => Optimizer> = { adam, rmsprop, sgd };

/** The optimizer of a name, or the one given. */
export function resolveOptimizer(optimizer: Optimizer | OptimizerName): Optimizer {
  if (typeof optimizer !== 'string') return optimizer;
  if (Object.hasOwn(makers, optimizer)) return makers[optimizer]();
  return refuse('train', {
    expected: `an optimizer, or one of the names ${Object.keys(makers).join(', ')}`,
    got: `'${optimizer}'`,
  });
}
