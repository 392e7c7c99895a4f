import { checkOptions } from '../refuse';
import { choose, valueAt } from '../space';
import { drawsOf } from './draws';
import type { Sampler } from './sampler';

/**
 * Draws every dimension by itself, equally likely over its values (with `log` over its ratios).
 * Trial n depends on the seed and n alone.
 *
 * @param options `seed`, default 0
 */
export function randomSampler(options: { readonly seed?: number } = {}): Sampler {
  checkOptions('randomSampler', options, { seed: 'number?' });
  const { seed = 0 } = options;
  return {
    name: 'random',
    sample: ({ space, number }) => {
      const draw = drawsOf(seed, number);
      // A dimension that does not apply takes its draw too: the others do not depend on it.
      const positions = Object.keys(space).map(draw);
      return choose(space, (dimension, _, index) => valueAt(dimension, positions[index]!));
    },
  };
}
