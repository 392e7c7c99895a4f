/** A run of this many blank lines is no layout any more: it is left out, as one line would be. */
const LONGEST_RUN = 1000;

/** Lines without their long runs of blank ones, each of which would take a record's memory. */
export interface DenseLines {
  readonly lines: string[];
  /** The number in the file, from 1, of a line's number here. */
  lineOf(line: number): number;
}

/** Leaves out what is blank beyond {@link LONGEST_RUN} lines at a time, and keeps the count. */
export function withoutBlankRuns(all: string[]): DenseLines {
  const gaps: { readonly after: number; readonly length: number }[] = [];
  let lines: string[] | undefined;
  let runStart = 0;
  for (let at = 0; at <= all.length; at++) {
    if (at < all.length && all[at]!.trim() === '') continue;
    const skipped = at - runStart - LONGEST_RUN;
    if (skipped > 0) {
      lines ??= all.slice(0, runStart);
      // The end of the run stays: the same lines are blank before and after it.
      for (let blank = 0; blank < LONGEST_RUN; blank++) lines.push('');
      gaps.push({ after: lines.length, length: skipped });
    } else if (lines) for (let blank = runStart; blank < at; blank++) lines.push(all[blank]!);
    if (at < all.length) lines?.push(all[at]!);
    runStart = at + 1;
  }
  return {
    lines: lines ?? all,
    lineOf: (line) => gaps.reduce((sum, { after, length }) => (line > after ? sum + length : sum), line),
  };
}
