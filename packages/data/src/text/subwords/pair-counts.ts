import { keyOf } from './merges';

/** Two neighbouring ids: their frequency in the text, and the words with them. */
interface Pair {
  readonly left: number;
  readonly right: number;
  count: number;
  /** Words that had the pair when they were recorded; some may have lost it since. */
  words: number[];
}

interface Candidate {
  readonly pair: Pair;
  /** The count of the pair when it was queued. */
  readonly count: number;
}

/**
 * The counts of neighbouring ids over distinct words, updated merge by merge: only the words with the merged
 * pair are visited, and the most frequent pair comes from a queue.
 */
export class PairCounts {
  private readonly pairs = new Map<number, Pair>();
  private readonly queue = new CandidateQueue();

  /**
   * @param words the ids of each distinct word, which are merged in place
   * @param counts the frequency of each word in the text
   */
  constructor(
    private readonly words: readonly number[][],
    private readonly counts: readonly number[],
  ) {
    words.forEach((ids, word) => {
      for (let at = 0; at + 1 < ids.length; at++) this.add(ids[at]!, ids[at + 1]!, word);
    });
    for (const pair of this.pairs.values()) this.queue.push({ pair, count: pair.count });
  }

  /**
   * The most frequent pair; of equal ones the pair with the lowest ids, compared from the left. It is not
   * returned again before it is counted again.
   */
  takeCommonest(minimumCount: number): Pair | undefined {
    for (;;) {
      const candidate = this.queue.pop();
      if (candidate === undefined) return undefined;
      const { pair, count } = candidate;
      if (count === pair.count) return count < minimumCount ? undefined : pair;
      // Its count has decreased since it was queued, so it is queued again.
      if (pair.count >= minimumCount && count > pair.count) this.queue.push({ pair, count: pair.count });
    }
  }

  /** Replaces a pair by `product` in every word. */
  merge(pair: Pair, product: number): void {
    const { left, right, words } = pair;
    pair.words = [];
    const risen = new Set<Pair>();
    for (const word of words) {
      const ids = this.words[word]!;
      if (!has(ids, left, right)) continue;
      for (let at = 0; at + 1 < ids.length; at++) {
        this.pairs.get(keyOf(ids[at]!, ids[at + 1]!))!.count -= this.counts[word]!;
      }
      mergeIn(ids, left, right, product);
      for (let at = 0; at + 1 < ids.length; at++) {
        const [a, b] = [ids[at]!, ids[at + 1]!];
        if (a === product || b === product) risen.add(this.add(a, b, word));
        else this.pairs.get(keyOf(a, b))!.count += this.counts[word]!;
      }
    }
    for (const changed of risen) this.queue.push({ pair: changed, count: changed.count });
  }

  private add(left: number, right: number, word: number): Pair {
    const key = keyOf(left, right);
    let pair = this.pairs.get(key);
    if (pair === undefined) {
      pair = { left, right, count: 0, words: [] };
      this.pairs.set(key, pair);
    }
    pair.count += this.counts[word]!;
    if (pair.words.at(-1) !== word) pair.words.push(word);
    return pair;
  }
}

function has(ids: readonly number[], left: number, right: number): boolean {
  for (let at = 0; at + 1 < ids.length; at++) if (ids[at] === left && ids[at + 1] === right) return true;
  return false;
}

function mergeIn(ids: number[], left: number, right: number, product: number): void {
  let written = 0;
  for (let read = 0; read < ids.length; read++) {
    const isPair = ids[read] === left && ids[read + 1] === right;
    ids[written++] = isPair ? product : ids[read]!;
    if (isPair) read++;
  }
  ids.length = written;
}

const isBefore = (a: Candidate, b: Candidate) =>
  a.count !== b.count
    ? a.count > b.count
    : a.pair.left !== b.pair.left
      ? a.pair.left < b.pair.left
      : a.pair.right < b.pair.right;

/** A binary heap. */
class CandidateQueue {
  private readonly heap: Candidate[] = [];

  push(candidate: Candidate): void {
    const { heap } = this;
    let at = heap.push(candidate) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(candidate, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = candidate;
  }

  pop(): Candidate | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (heap.length === 0 || last === undefined) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}
