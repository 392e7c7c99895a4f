/** Sorts pairs by length, and marks where batches begin. */
export interface LengthOrder {
  /** The cell of each pair. Pairs of one cell have similar lengths and are interchangeable. */
  readonly cells: Uint32Array;
  /** The first position of each cell when the pairs are sorted by cell. */
  readonly starts: Uint32Array;
  /** The first position of each batch in that order, and the end of the last one. */
  readonly cuts: readonly number[];
}

interface Cell {
  readonly source: number;
  readonly target: number;
  count: number;
}

/**
 * Sorts pairs into cells of similar lengths, and cuts the cells' order into batches of at most `maxTokens`
 * steps. The cuts hold for any order of pairs within a cell, because they use a cell's greatest lengths.
 *
 * @param source steps of each pair's source
 * @param target steps of its target
 */
export function orderByLengths(
  source: readonly number[],
  target: readonly number[],
  maxTokens: number,
): LengthOrder {
  const byKey = new Map<number, Cell>();
  const keyAt = (place: number) => bound(target[place]!) * 2 ** 26 + bound(source[place]!);
  for (let place = 0; place < source.length; place++) {
    const key = keyAt(place);
    const cell = byKey.get(key) ?? { source: bound(source[place]!), target: bound(target[place]!), count: 0 };
    cell.count += 1;
    byKey.set(key, cell);
  }
  const targets = [...new Set(Array.from(byKey.values(), (cell) => cell.target))].sort((a, b) => a - b);
  // Sources increase and decrease alternately, so a batch with two target lengths has sources of similar
  // length.
  const isRising = new Map(targets.map((length, rank) => [length, rank % 2 === 0]));
  const sorted = [...byKey].sort(([, a], [, b]) =>
    a.target !== b.target
      ? a.target - b.target
      : isRising.get(a.target)
        ? a.source - b.source
        : b.source - a.source,
  );
  const rankOf = new Map(sorted.map(([key], rank) => [key, rank]));
  const starts = new Uint32Array(sorted.length);
  for (let rank = 1; rank < sorted.length; rank++) {
    starts[rank] = starts[rank - 1]! + sorted[rank - 1]![1].count;
  }
  return {
    cells: Uint32Array.from(source, (_, place) => rankOf.get(keyAt(place))!),
    starts,
    cuts: cutsOf(
      sorted.map(([, cell]) => cell),
      maxTokens,
    ),
  };
}

function cutsOf(cells: readonly Cell[], maxTokens: number): number[] {
  const cuts = [0];
  let end = 0;
  let open = { rows: 0, source: 0, target: 0 };
  for (const { source, target, count } of cells) {
    for (let left = count; left > 0; ) {
      const widest = { source: Math.max(open.source, source), target: Math.max(open.target, target) };
      const room = Math.floor(maxTokens / (widest.source + widest.target)) - open.rows;
      if (room < 1 && open.rows > 0) {
        cuts.push(end);
        open = { rows: 0, source: 0, target: 0 };
        continue;
      }
      // A pair that fits into a batch alone, although the greatest lengths of its cell do not, gets a
      // separate batch.
      const taken = Math.min(left, Math.max(room, 1));
      open = { rows: open.rows + taken, ...widest };
      end += taken;
      left -= taken;
    }
  }
  cuts.push(end);
  return cuts;
}

/** Rounds lengths above 16 up, by at most an eighth. */
function bound(length: number): number {
  const step = 2 ** Math.max(0, Math.floor(Math.log2(length)) - 3);
  return Math.ceil(length / step) * step;
}
