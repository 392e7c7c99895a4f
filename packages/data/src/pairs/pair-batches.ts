import { inWords, type OptionKinds } from '@unrolled/errors';
import { check, checkOptions, refuse } from '../refuse';
import { type PaddedSequences, padSequences } from '../windows/pad-sequences';
import { drawOrder, drawsOf } from '../windows/shuffle';
import type { EpochBatches } from '../windows/shuffled-batches';
import { type TeacherForcingBatch, teacherForcing } from '../windows/teacher-forcing';
import { type LengthOrder, orderByLengths } from './length-order';
import type { PairSource } from './pair';

export interface PairBatchesOptions {
  /**
   * Maximum steps of a batch, including padding, of source and target together: rows × (longest source +
   * longest target with its mark).
   */
  readonly maxTokens: number;
  /** The id before every target. */
  readonly startId: number;
  /** The id that follows every target. */
  readonly endId: number;
  /** The padding id; default 0. */
  readonly value?: number;
  /** Leaves out pairs with more ids than this on one side; default none. */
  readonly maximumLength?: number;
  /** The same seed gives the same batches in the same epoch; default 0. */
  readonly seed?: number;
}

/** The batch of one training step of an encoder–decoder. */
export interface PairBatch {
  /** int32 [rows, steps] */
  readonly source: PaddedSequences;
  /** The decoder's inputs and targets. */
  readonly target: TeacherForcingBatch;
}

/** The batches of an epoch, and the number of pairs that were left out as too long. */
export type PairBatches = EpochBatches<PairBatch> & { readonly leftOut: number };

const scope = 'pairBatches';

const KINDS: OptionKinds<PairBatchesOptions> = {
  maxTokens: 'positive integer',
  startId: 'integer of at least 0',
  endId: 'integer of at least 0',
  value: 'integer of at least 0?',
  maximumLength: 'positive integer?',
  seed: 'number?',
};

const SOURCE_KINDS: OptionKinds<PairSource> = {
  length: 'integer of at least 0',
  at: 'function',
  lengths: 'object?',
  placeOf: 'function?',
};

/**
 * Batches of pairs with similar lengths, each with as many rows as fit into `maxTokens`, for the option
 * `batches` of `train` in `@unrolled/training`. They depend only on the pairs, the seed and the epoch, so a
 * run resumes exactly.
 *
 * Pairs are sorted by both lengths, targets first, with lengths above 16 rounded up by at most an eighth, and
 * cut into batches once. In each epoch, pairs of equal rounded lengths are shuffled among themselves, and so
 * are the batches, as in `bucket_by_sequence_length` of tf.data and `max_tokens` of fairseq.
 *
 * @param pairs an array of `{ source, target }`, or the result of `openPairs` of `@unrolled/data/node`, which
 *   is read batch by batch
 * @throws UnrolledError for no pairs, a pair with an empty side, or a pair that alone exceeds `maxTokens`,
 *   naming its place
 */
export function pairBatches(pairs: PairSource, options: PairBatchesOptions): PairBatches {
  // An array is a source, too.
  checkOptions(
    scope,
    Array.isArray(pairs) ? { length: pairs.length, at: pairs.at } : pairs,
    SOURCE_KINDS,
    true,
  );
  checkOptions(scope, options, KINDS);
  const { startId, endId, value = 0, seed = 0 } = options;
  const kept = keptPairs(pairs, options);
  const order = orderByLengths(kept.source, kept.target, options.maxTokens);
  const { cuts } = order;
  const make = (places: Uint32Array): PairBatch => {
    const rows = Array.from(places, (place) => pairAt(pairs, kept.indices[place]!));
    return {
      source: padSequences(
        rows.map((row) => row.source),
        { value },
      ),
      target: teacherForcing(
        rows.map((row) => row.target),
        { startId, endId, value },
      ),
    };
  };
  const ofEpoch = (epoch: number) => {
    check.count(scope, 'an epoch', epoch);
    return batchesOf(order, drawsOf(seed, epoch), make);
  };
  return Object.assign(ofEpoch, {
    batchesPerEpoch: cuts.length - 1,
    leftOut: pairs.length - kept.indices.length,
  });
}

/** The batches of an epoch, each created on request. */
function* batchesOf(
  { cuts, cells, starts }: LengthOrder,
  draw: () => number,
  make: (places: Uint32Array) => PairBatch,
): Generator<PairBatch, void, void> {
  const next = starts.slice();
  const sorted = new Uint32Array(cells.length);
  for (const place of drawOrder(cells.length, draw)) sorted[next[cells[place]!]!++] = place;
  for (const batch of drawOrder(cuts.length - 1, draw)) {
    yield make(sorted.subarray(cuts[batch]!, cuts[batch + 1]!));
  }
}

/** The pairs that are used, and their steps. A target has one more step than ids, for its mark. */
function keptPairs(pairs: PairSource, { maxTokens, maximumLength }: PairBatchesOptions) {
  const indices: number[] = [];
  const steps = { source: [] as number[], target: [] as number[] };
  for (let index = 0; index < pairs.length; index++) {
    const [source, target] = lengthsAt(pairs, index);
    if (source === 0 || target === 0) {
      refuse(scope, {
        expected: 'pairs of two texts',
        got: `an empty ${source === 0 ? 'source' : 'target'} at ${placeOf(pairs, index)}`,
        remedy: 'leave out the pair',
      });
    }
    if (maximumLength !== undefined && Math.max(source, target) > maximumLength) continue;
    if (source + target + 1 > maxTokens) {
      refuse(scope, {
        expected: `pairs of at most ${maxTokens} steps, the maxTokens of a batch`,
        got: `${source} + ${target + 1} steps at ${placeOf(pairs, index)}`,
        remedy: 'increase maxTokens, or leave out longer pairs (`maximumLength`)',
      });
    }
    indices.push(index);
    steps.source.push(source);
    steps.target.push(target + 1);
  }
  if (indices.length > 0) return { indices: Uint32Array.from(indices), ...steps };
  return refuse(scope, {
    expected: 'at least one pair',
    got: pairs.length === 0 ? 'none' : `${pairs.length} pairs, all longer than ${maximumLength} ids`,
    remedy: pairs.length === 0 ? undefined : 'increase maximumLength',
  });
}

function lengthsAt(pairs: PairSource, index: number): readonly [number, number] {
  const { lengths } = pairs;
  if (lengths) return [lengths.source[index]!, lengths.target[index]!];
  const { source, target } = pairAt(pairs, index);
  return [source.length, target.length];
}

function pairAt(pairs: PairSource, index: number) {
  const pair = pairs.at(index);
  const isIds = (ids: unknown) => Array.isArray(ids) || (ArrayBuffer.isView(ids) && 'length' in ids);
  if (pair !== undefined && isIds(Object(pair).source) && isIds(Object(pair).target)) return pair;
  return refuse(scope, {
    expected: 'pairs { source, target } of token ids',
    got: `${inWords(pair)} at ${placeOf(pairs, index)}`,
    remedy: 'encode both texts of the pair first',
  });
}

const placeOf = (pairs: PairSource, index: number) => pairs.placeOf?.(index) ?? `pair ${index}`;
