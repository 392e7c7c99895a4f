/** Two tokens that merge into one, by ids. */
export type Merge = readonly [left: number, right: number];

/** Ids are below this, so that two fit into one exact number. */
export const MOST_TOKENS = 0x1000000;

/** Two ids as one number. */
export const keyOf = (left: number, right: number) => left * MOST_TOKENS + right;

/** Which pairs of ids merge, in which order, into which id. */
export class MergeTable {
  private readonly ranks = new Map<number, number>();

  constructor(
    merges: readonly Merge[],
    private readonly products: readonly number[],
  ) {
    merges.forEach(([left, right], rank) => {
      this.ranks.set(keyOf(left, right), rank);
    });
  }

  /**
   * Merges symbols in place: repeatedly, all occurrences of the pair that was learned first (Sennrich et al.,
   * 2016).
   *
   * @param ids negative ids are unknown and never merge
   * @param isDropped BPE dropout (Provilkov et al., 2020): called in each pass for each possible merge
   */
  apply(ids: number[], isDropped?: () => boolean): number[] {
    for (;;) {
      let best = Number.POSITIVE_INFINITY;
      const places: number[] = [];
      for (let at = 0; at + 1 < ids.length; at++) {
        const rank = ids[at + 1]! < 0 ? undefined : this.ranks.get(keyOf(ids[at]!, ids[at + 1]!));
        if (rank === undefined || isDropped?.() || rank > best) continue;
        if (rank < best) places.length = 0;
        best = rank;
        places.push(at);
      }
      if (places.length === 0) return ids;
      this.mergeAt(ids, places, this.products[best]!);
    }
  }

  /**
   * Writes `product` at the positions, from the left. A position that overlaps the one before stays
   * unchanged.
   */
  private mergeAt(ids: number[], places: readonly number[], product: number): void {
    let written = 0;
    let next = 0;
    for (let read = 0; read < ids.length; read++) {
      while (next < places.length && places[next]! < read) next++;
      const isPlace = places[next] === read;
      ids[written++] = isPlace ? product : ids[read]!;
      if (isPlace) read++;
    }
    ids.length = written;
  }
}
