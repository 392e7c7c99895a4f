/**
 * Counts of a corpus. They are updated example by example, may be added to those of other workers, and can be
 * converted to a score at any time. Texts are not stored.
 */
export interface Running<Example, Statistics, Score> {
  /** Counts one example. */
  update(example: Example): void;
  /**
   * Adds the counts of another object. They are plain JSON, so they can be passed between workers and runs.
   */
  merge(statistics: Statistics): void;
  /** The counts so far, as a copy. */
  statistics(): Statistics;
  /** The score of everything counted so far. Refused before the first example. */
  compute(): Score;
}
