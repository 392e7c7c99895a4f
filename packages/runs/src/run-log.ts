/** One record of a run's log. Losses are in the unit of the loss function. */
export interface LogRecord {
  readonly step: number;
  readonly epoch: number;
  /** The loss of this step. */
  readonly learningRate: number;
  /** The gradient norm of this step, before clipping. */
  readonly gradientNorm: number;
  /** The number of tokens or examples so far, if the run has a `countOf`. */
  readonly tokens?: number;
  /** The mean training loss over the steps since the previous record. */
  readonly trainLoss: number;
  readonly validationLoss?: number;
  /** Only for a validation with a score. */
  readonly score?: number;
  /** The rate since the previous record or the resumption; null if no step was made or nothing is counted. */
  readonly tokensPerSecond: number | null;
}

/** The destination of a run's records: a file (`jsonLinesLog` of `./node`), a page, a database. */
export interface RunLog {
  /**
   * Called once, before the first record. It removes the records after `step` of an earlier process, so the
   * log of a resumed run equals that of an uninterrupted one.
   *
   * @param step number of completed steps; 0 starts a new log
   */
  rewind(step: number): Promise<void>;
  add(record: LogRecord): Promise<void>;
}
