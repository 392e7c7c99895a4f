import type { TokenSource } from '../text/token-source';

/**
 * Pairs as one row of ids. For each pair:
 *
 *     file, place / 2^16, place mod 2^16, ids of the source, ids of the target, the source's ids, the target's ids
 */
const HEAD = 5;
const HALF = 2 ** 16;

/** Number of ids read at once while the starts of pairs are located. */
const BLOCK = 2 ** 16;

export interface PairRecord {
  /** The number of its file. */
  readonly file: number;
  /** Its line or message. */
  readonly number: number;
  readonly source: Int32Array;
  readonly target: Int32Array;
}

/** Upper bound, exclusive, of every number in a record. */
export function boundOf({ file, source, target }: PairRecord, vocabularies: number): number {
  return Math.max(HALF, vocabularies, file + 1, source.length + 1, target.length + 1);
}

export function recordOf({ file, number, source, target }: PairRecord): Int32Array {
  const record = new Int32Array(HEAD + source.length + target.length);
  record.set([file, Math.floor(number / HALF), number % HALF, source.length, target.length]);
  record.set(source, HEAD);
  record.set(target, HEAD + source.length);
  return record;
}

/** The position of each pair, and the lengths of its sides. */
export interface PairIndex {
  readonly starts: Float64Array;
  readonly source: Int32Array;
  readonly target: Int32Array;
}

export function indexPairs(tokens: TokenSource): PairIndex {
  const starts: number[] = [];
  const source: number[] = [];
  const target: number[] = [];
  let block: Int32Array = new Int32Array(0);
  let blockStart = 0;
  for (let start = 0; start < tokens.length; ) {
    if (start + HEAD > blockStart + block.length) {
      blockStart = start;
      block = tokens.read(start, Math.min(tokens.length, start + BLOCK));
    }
    const at = start - blockStart;
    starts.push(start);
    source.push(block[at + 3]!);
    target.push(block[at + 4]!);
    start += HEAD + block[at + 3]! + block[at + 4]!;
  }
  return {
    starts: Float64Array.from(starts),
    source: Int32Array.from(source),
    target: Int32Array.from(target),
  };
}

export function readRecord(
  tokens: TokenSource,
  { starts, source, target }: PairIndex,
  at: number,
): PairRecord {
  const start = starts[at]!;
  const ids = tokens.read(start, start + HEAD + source[at]! + target[at]!);
  const middle = HEAD + source[at]!;
  return {
    file: ids[0]!,
    number: ids[1]! * HALF + ids[2]!,
    source: ids.slice(HEAD, middle),
    target: ids.slice(middle),
  };
}
