import { quoted } from '@unrolled/errors';
import { checkOptions, refuse } from '../refuse';
import { applies, countOf, type Dimension, type Parameters, type SearchSpace, stepped } from '../space';
import { drawsOf } from './draws';
import type { Sampler } from './sampler';

/** Most combinations that a grid may have: beyond it no study would end. */
const MOST = 100_000;

/**
 * Tries every combination once, the last dimension first. A dimension that does not apply to a combination
 * does not multiply it. Numbers need a `step`; integers by `log` are tried one by one.
 *
 * @param options `seed` shuffles the combinations (Fisher and Yates): pruners that compare a trial with those
 *   before it expect no order
 */
export function gridSampler(options: { readonly seed?: number } = {}): Sampler {
  checkOptions('gridSampler', options, { seed: 'number?' });
  const { seed } = options;
  let known: { readonly space: SearchSpace; readonly all: readonly Parameters[] } | undefined;
  const combinations = (space: SearchSpace) => {
    if (known?.space !== space) known = { space, all: shuffled(combinationsOf(space), seed) };
    return known.all;
  };
  return {
    name: 'grid',
    count: (space) => combinations(space).length,
    sample: ({ space, number }) => {
      const all = combinations(space);
      return all[number % all.length]!;
    },
  };
}

function shuffled<T>(items: readonly T[], seed: number | undefined): readonly T[] {
  if (seed === undefined) return items;
  const all = [...items];
  const draw = drawsOf(seed, 0);
  for (let last = all.length - 1; last > 0; last--) {
    const other = Math.floor(draw() * (last + 1));
    [all[last], all[other]] = [all[other]!, all[last]!];
  }
  return all;
}

function combinationsOf(space: SearchSpace): readonly Parameters[] {
  let all: Parameters[] = [{}];
  for (const [name, dimension] of Object.entries(space)) {
    const values = valuesOf(name, dimension);
    const next: Parameters[] = [];
    for (const chosen of all) {
      if (!applies(dimension, chosen)) next.push(chosen);
      else for (const value of values) next.push({ ...chosen, [name]: value });
      if (next.length <= MOST) continue;
      const expected = `at most ${MOST} combinations in a grid`;
      refuse('gridSampler', {
        expected,
        got: 'more',
        remedy: 'pass larger steps, or use randomSampler()',
      });
    }
    all = next;
  }
  return all;
}

function valuesOf(name: string, dimension: Dimension) {
  if (dimension.kind === 'choice') return dimension.values;
  const count = countOf(dimension);
  if (count === undefined) {
    const remedy = 'pass a step, or a choice of values';
    return refuse('gridSampler', { expected: `steps of ${quoted(name)}`, got: 'a range of numbers', remedy });
  }
  if (count > MOST) {
    const remedy = 'pass a larger step, or use randomSampler()';
    return refuse('gridSampler', {
      expected: `at most ${MOST} values of ${quoted(name)}`,
      got: String(count),
      remedy,
    });
  }
  return Array.from({ length: count }, (_, index) => stepped(dimension, index));
}
