/** One record of a run's log. Losses are in the unit of the loss function. */
export interface LogRecord {
  readonly step: number;
  readonly epoch: number;
  /** Of this step. */
  readonly learningRate: number;
  /** Of this step, before clipping. */
  readonly gradientNorm: number;
  /** Trained on so far; where the run has a `countOf`. */
  readonly tokens?: number;
  /** The mean over the steps since the record before. */
  readonly trainLoss: number;
  readonly validationLoss?: number;
  /** Of a validation that had one. */
  readonly score?: number;
  /** Since the record before, or since the resumption; null when no step was taken or nothing is counted. */
  readonly tokensPerSecond: number | null;
}

/** Where a run's records go: a file (`jsonLinesLog` of `./node`), a page, a database. */
export interface RunLog {
  /**
   * Called once, before the first record: takes away what an earlier process wrote past `step`, so that the
   * log of a resumed run is that of a run that never stopped.
   *
   * @param step steps that are done; 0 begins a new log
   */
  rewind(step: number): Promise<void>;
  add(record: LogRecord): Promise<void>;
}
