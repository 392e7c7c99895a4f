import { visible } from '@unrolled/errors';

/** A progress bar or similar at the bottom of the terminal, while lines are printed above it. */
export interface Footer {
  clear(): void;
  redraw(): void;
}

/** The outputs of an app: lines for people, and the result. */
export interface Reporter {
  readonly json: boolean;
  /** The stream of lines for people: standard output, or standard error with `--json`. */
  readonly stream: NodeJS.WriteStream;
  /**
   * Prints one or more lines for people. A progress bar stays below them. Control characters are made
   * visible.
   */
  line(text?: string): void;
  /** Prints a line on standard error in every mode, such as a fallback or advice. */
  warn(text: string): void;
  /**
   * With `--json`, prints one object on one line of standard output; otherwise nothing. Call it once, at the
   * end.
   */
  result(object: object): void;
  /** Shows a bar below the lines; `undefined` removes it. */
  setFooter(footer: Footer | undefined): void;
}

/**
 * Prints lines for people on standard output. With `json` they go to standard error, and the last line of
 * standard output is one JSON object. Numbers that JSON cannot represent (NaN, infinities) become null.
 */
export function createReporter(options: { json?: boolean } = {}): Reporter {
  const json = options.json ?? false;
  const stream = json ? process.stderr : process.stdout;
  let footer: Footer | undefined;
  const above = (target: NodeJS.WriteStream, text: string) => {
    footer?.clear();
    target.write(`${visible(text)}\n`);
    footer?.redraw();
  };
  return {
    json,
    stream,
    line: (text = '') => above(stream, text),
    warn: (text) => above(process.stderr, text),
    result: (object) => {
      // JSON may escape any character, so the object does not change.
      if (json) process.stdout.write(`${visible(JSON.stringify(object))}\n`);
    },
    setFooter: (next) => {
      footer = next;
    },
  };
}
