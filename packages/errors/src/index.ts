/** What went wrong, in the words of the person who has to mend it. */
export interface Complaint {
  /** What the call needs, with its unit or shape: `input [B, 8]`. */
  expected: string;
  /** What it was given instead: `[32, 9]`. */
  got: string;
  /** What to do about it; omitted only when the first two say it all. */
  remedy?: string;
}

/**
 * The one error class of Unrolled's packages.
 *
 * The message reads `[unrolled/cells] lstm: expected input [B, 8], got [32, 9]: the encoder and the cell
 * disagree on the vocabulary size`. Each published package carries its own copy of this class, so tell such
 * an error by its `name`, `'UnrolledError'`, not by `instanceof`.
 */
export class UnrolledError extends Error {
  override readonly name = 'UnrolledError';
  readonly expected: string;
  readonly got: string;
  readonly remedy: string | undefined;

  /**
   * @param packageName the package's short name, `cells`
   * @param scope the function that refuses, `lstm`
   */
  constructor(packageName: string, scope: string, complaint: Complaint, options?: ErrorOptions) {
    const { expected, got, remedy } = complaint;
    super(
      `[unrolled/${packageName}] ${scope}: expected ${expected}, got ${got}${remedy ? `: ${remedy}` : ''}`,
      options,
    );
    this.expected = expected;
    this.got = got;
    this.remedy = remedy;
  }
}
