/**
 * Sums of a corpus: updated example by example, merged with those of another worker, and turned into a score
 * at any time. No texts are stored.
 */
export interface Running<Example, Statistics, Score> {
  /** Counts one example. */
  update(example: Example): void;
  /**
   * Adds what another one has counted; the statistics are plain JSON, so they travel between workers and
   * runs.
   */
  merge(statistics: Statistics): void;
  /** The counts so far, as a copy. */
  statistics(): Statistics;
  /** The score of all that was counted; refused before the first example. */
  compute(): Score;
}
