import { type Cell, type InputKind, random, stepper } from '@unrolled/cells';
import { checkNumber, refuse } from './refuse';
import { sampleFromLogits } from './sampling';

export interface GenerateOptions<P, S, K extends InputKind> {
  /** A model whose output [B, V] are logits over the ids that it reads: ids, or one-hot vectors of `inputSize`. */
  readonly cell: Cell<P, S, K>;
  readonly params: P;
  /** The ids to read first, at least one; they are not given back. */
  readonly prime: ArrayLike<number>;
  /** The most ids to give; Infinity goes on until the caller stops. */
  readonly length: number;
  /** 0 always takes the likeliest; default 1. */
  readonly temperature?: number;
  /** The same seed gives the same ids; default 0. */
  readonly seed?: number;
  /** Ids that are never drawn, such as an unknown token's. */
  readonly exclude?: readonly number[];
  /** Stops when this id (an end mark, say) is drawn, without giving it. */
  readonly stopAt?: number;
}

/**
 * Samples from a model, feeding each drawn id back in. Gives one id at a time; breaking off frees everything.
 *
 * @throws UnrolledError at once for an empty prime, an id out of range, or a negative length or temperature
 */
export function generate<P, S, K extends InputKind = 'vectors'>(
  options: GenerateOptions<P, S, K>,
): Generator<number, void, void> {
  const { cell, prime, length, temperature = 1, exclude = [], stopAt } = options;
  if (prime.length === 0) {
    refuse('generate', { expected: 'at least one id to start from', got: 'an empty prime' });
  }
  for (const id of Array.from(prime)) checkId(id, cell.inputSize, 'the prime');
  for (const id of exclude) checkId(id, cell.outputSize, 'exclude');
  if (stopAt !== undefined) checkId(stopAt, cell.outputSize, 'stopAt');
  checkNumber('generate', 'a length', length, length >= 0, 'of at least 0');
  checkNumber('generate', 'a temperature', temperature, temperature >= 0, 'of at least 0');
  if (cell.outputSize > cell.inputSize) {
    refuse('generate', {
      expected: `a model that reads every id it can give, ${cell.outputSize}`,
      got: `an input size of ${cell.inputSize}`,
      remedy: 'input and output must share one vocabulary',
    });
  }
  return draw(options);
}

function* draw<P, S, K extends InputKind>(options: GenerateOptions<P, S, K>): Generator<number, void, void> {
  const { cell, params, prime, length, temperature = 1, seed = 0, exclude = [], stopAt } = options;
  const draws = random(seed);
  const model = stepper(cell, params);
  try {
    const feed = (id: number) => model.step(encode(cell, id));
    let logits = new Float32Array(0);
    for (const id of Array.from(prime)) logits = feed(id) as typeof logits;
    for (let given = 0; given < length; given++) {
      for (const id of exclude) logits[id] = Number.NEGATIVE_INFINITY;
      const id = sampleFromLogits(logits, { temperature, random: draws });
      if (id === stopAt) return;
      yield id;
      if (given + 1 < length) logits = feed(id) as typeof logits;
    }
  } finally {
    model.dispose();
  }
}

function encode(cell: { readonly inputKind?: InputKind; readonly inputSize: number }, id: number) {
  if (cell.inputKind === 'ids') return Int32Array.of(id);
  const oneHot = new Float32Array(cell.inputSize);
  oneHot[id] = 1;
  return oneHot;
}

function checkId(id: number, size: number, what: string): void {
  if (Number.isInteger(id) && id >= 0 && id < size) return;
  refuse('generate', {
    expected: `ids in 0 … ${size - 1} in ${what}`,
    got: String(id),
    remedy: 'the encoder and the model disagree on the vocabulary size',
  });
}
