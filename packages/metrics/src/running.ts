/**
 * Sums that a corpus leaves behind: fed example by example, joined with those of another worker, turned into
 * a score at any time. Of the corpus nothing is kept.
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
