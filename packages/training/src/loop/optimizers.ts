import { inWords } from '@unrolled/errors';
import { refuse } from '../refuse';
import { adam } from './adam';
import type { Optimizer } from './optimizer';
import { rmsprop } from './rmsprop';
import { sgd } from './sgd';

/** Optimizers by name, with their default settings. */
export type OptimizerName = 'adam' | 'rmsprop' | 'sgd';

const makers: Record<OptimizerName, () => Optimizer> = { adam, rmsprop, sgd };

/** The optimizer with the given name, or the given optimizer itself. */
export function resolveOptimizer(optimizer: Optimizer | OptimizerName): Optimizer {
  if (typeof optimizer === 'string' && Object.hasOwn(makers, optimizer)) return makers[optimizer]();
  const { name, settings, slots, update } = Object(optimizer) as Partial<Optimizer>;
  const isRule = typeof name === 'string' && typeof update === 'function';
  if (isRule && Array.isArray(slots) && Object(settings) === settings) return optimizer as Optimizer;
  return refuse('train', {
    expected: `an optimizer, or one of the names ${Object.keys(makers).join(', ')}`,
    got: inWords(optimizer),
    remedy: 'adam({ weightDecay: 0.01 }) is AdamW; a rule of your own is { name, settings, slots, update }',
  });
}
