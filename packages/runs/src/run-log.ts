/** One record of a run's log. Losses are in the unit of the loss function. */
export interface LogRecord {
  readonly step: number;
  readonly epoch: number;
  /** Loss of this step. */
  readonly learningRate: number;
  /** Norm of this step, before clipping. */
  readonly gradientNorm: number;
  /** Trained on so far; if the run has a `countOf`. */
  readonly tokens?: number;
  /** The mean over the steps since the previous record. */
  readonly trainLoss: number;
  readonly validationLoss?: number;
  /** For a validation with a score. */
  readonly score?: number;
  /** Since the previous record, or since the resumption; null if no step was taken or nothing is counted. */
  readonly tokensPerSecond: number | null;
}

/** The destination of a run's records: a file (`jsonLinesLog` of `./node`), a page, a database. */
export interface RunLog {
  /**
   * Called once, before the first record: removes the records of an earlier process after `step`, so the log
   * of a resumed run equals that of an uninterrupted one.
   *
   * @param step completed steps; 0 begins a new log
   */
  rewind(step: number): Promise<void>;
  add(record: LogRecord): Promise<void>;
}
