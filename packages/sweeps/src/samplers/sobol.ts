import { checkOptions, refuse } from '../refuse';
import { choose, type SearchSpace, valueAt } from '../space';
import { drawsOf } from './draws';
import type { Sampler } from './sampler';

/**
 * The primitive polynomial of each dimension as a number, and its first direction numbers (Joe and Kuo,
 * Constructing Sobol sequences with better two-dimensional projections, SIAM J. Sci. Comput. 30, 2008; their
 * table new-joe-kuo-6.21201, which SciPy has too).
 */
const TABLE =
  '1:1;3:1;7:1,3;11:1,3,1;13:1,1,1;19:1,1,3,3;25:1,3,5,13;37:1,1,5,5,17;41:1,1,5,5,5;47:1,1,7,11,19;55:1,1,5,1,1;59:1,1,1,3,11;' +
  '61:1,3,5,5,31;67:1,3,3,9,7,49;91:1,1,1,15,21,21;97:1,3,1,13,27,49;103:1,1,1,15,7,5;109:1,3,1,15,13,25;115:1,1,5,5,19,61;' +
  '131:1,3,7,11,23,15,103;137:1,3,7,13,13,15,69;143:1,1,3,13,7,35,63;145:1,3,5,9,1,25,53;157:1,3,1,13,9,35,107;' +
  '167:1,3,1,5,27,61,31;171:1,1,5,11,19,41,61;185:1,3,5,3,3,13,69;191:1,1,7,13,1,19,1;193:1,3,7,5,13,19,59;' +
  '203:1,1,3,9,25,29,41;211:1,3,5,13,23,1,55;213:1,3,7,3,13,59,17';

const BITS = 32;

/** Most dimensions of a space that the table has. */
const MOST = TABLE.split(';').length;

/**
 * Fills the space evenly: point n of Sobol's sequence, which leaves fewer gaps than draws do. Good counts of
 * trials are powers of 2. Trial n depends on the seed and n alone. The numbers are those of
 * `scipy.stats.qmc.Sobol`, unscrambled, for `scramble: false`.
 *
 * @param options `seed`, default 0. `scramble`, default true: flips the same bits of all points of a
 *   dimension, drawn by the seed (a random digital shift), so the first point is not the lowest corner.
 * @throws for a space of more than 32 dimensions
 */
export function sobolSampler(options: { readonly seed?: number; readonly scramble?: boolean } = {}): Sampler {
  checkOptions('sobolSampler', options, { seed: 'number?', scramble: 'boolean?' });
  const { seed = 0, scramble = true } = options;
  return {
    name: 'sobol',
    sample: ({ space, number }) => {
      const draw = drawsOf(seed, -1);
      const positions = Object.keys(space).map((_, dimension) => {
        const flipped = scramble ? Math.floor(draw() * 2 ** BITS) : 0;
        return ((sobolBits(dimension, number, space) ^ flipped) >>> 0) / 2 ** BITS;
      });
      return choose(space, (dimension, _, index) => valueAt(dimension, positions[index]!));
    },
  };
}

/** The bits of a point in one dimension, highest first: Gray code's order (Antonov and Saleev, 1979). */
function sobolBits(dimension: number, number: number, space: SearchSpace): number {
  if (dimension >= MOST) {
    const remedy = 'use randomSampler() or tpeSampler()';
    refuse('sobolSampler', {
      expected: `a space of at most ${MOST} dimensions`,
      got: String(Object.keys(space).length),
      remedy,
    });
  }
  const directions = directionsOf(dimension);
  const gray = (number ^ (number >>> 1)) >>> 0;
  let bits = 0;
  for (let place = 0; place < BITS; place++) if ((gray >>> place) & 1) bits ^= directions[place]!;
  return bits;
}

const cache: Uint32Array[] = [];

function directionsOf(dimension: number): Uint32Array {
  cache[dimension] ??= directionNumbers(TABLE.split(';')[dimension]!);
  return cache[dimension];
}

function directionNumbers(row: string): Uint32Array {
  const [polynomial, first] = row.split(':') as [string, string];
  const initial = first.split(',').map(Number);
  const coefficients = Number(polynomial);
  const degree = Math.floor(Math.log2(coefficients));
  const numbers = new Uint32Array(BITS);
  for (let place = 0; place < BITS; place++) {
    const shift = BITS - 1 - place;
    if (degree === 0) numbers[place] = 2 ** shift;
    else if (place < degree) numbers[place] = initial[place]! * 2 ** shift;
    else {
      let bits = numbers[place - degree]! ^ (numbers[place - degree]! >>> degree);
      for (let back = 1; back < degree; back++) {
        if ((coefficients >>> (degree - back)) & 1) bits ^= numbers[place - back]!;
      }
      numbers[place] = bits;
    }
  }
  return numbers;
}
