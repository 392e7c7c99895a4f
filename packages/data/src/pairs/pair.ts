/** Two texts with the same meaning, in two languages or two spellings. */
export interface TextPair {
  readonly source: string;
  readonly target: string;
  /** Their place, for messages: `de.tsv, line 12`. */
  readonly place: string;
}

/** A pair of texts as ids. */
export interface EncodedPair {
  readonly source: ArrayLike<number>;
  readonly target: ArrayLike<number>;
}

/** Pairs by index, in memory or on disk. An array of pairs is a source, too. */
export interface PairSource {
  readonly length: number;
  at(index: number): EncodedPair | undefined;
  /** Numbers of ids of each side of each pair, if they are known without reading the pairs. */
  readonly lengths?: { readonly source: Int32Array; readonly target: Int32Array };
  /** The place of a pair, for messages. */
  placeOf?(index: number): string;
}
