/**
 * Counts of a corpus that are updated example by example, merged with those of other workers, and converted
 * to a score at any time. No texts are stored.
 */
export interface Running<Example, Statistics, Score> {
  /** Counts one example. */
  update(example: Example): void;
  /**
   * Adds the counts of another object. The statistics are plain JSON, so they can be sent between workers and
   * runs.
   */
  merge(statistics: Statistics): void;
  /** The counts so far, as a copy. */
  statistics(): Statistics;
  /** The score of everything counted so far; refused before the first example. */
  compute(): Score;
}
