import { once } from 'node:events';
import { visible } from '@unrolled/errors';

/** Time in milliseconds for which text is buffered. Readers do not notice it, and it saves system calls. */
const MILLISECONDS = 20;

/** Writes text while it is generated, and lets other events run in between, such as Ctrl-C. */
export interface TerminalWriter {
  write(text: string): void;
  /** Writes the buffered text when it is due. Await it after every piece. */
  turn(): Promise<void> | undefined;
  /** Writes the buffered text. */
  flush(): Promise<void>;
}

/**
 * Prepares a text for a stream. On a terminal, control characters are escaped; in a file or a pipe they are
 * unchanged.
 */
export function forStream(text: string, stream: { readonly isTTY?: boolean }): string {
  // A carriage return before a line feed, as in texts from Windows, is harmless.
  return stream.isTTY ? text.split('\r\n').map(visible).join('\r\n') : text;
}

/**
 * @param stream the stream to write to; undefined writes nothing, but still lets other events run
 * @param encoding `latin1` for a text whose characters are bytes
 */
export function createTerminalWriter(
  stream: NodeJS.WriteStream | undefined,
  encoding: 'utf8' | 'latin1' = 'utf8',
): TerminalWriter {
  let held = '';
  let last = performance.now();
  const flush = async () => {
    // The carriage return may be followed by a line feed in the next piece.
    const end = held.endsWith('\r') ? held.length - 1 : held.length;
    const text = held.slice(0, end);
    held = held.slice(end);
    const isFull = text !== '' && stream?.write(forStream(text, stream), encoding) === false;
    if (isFull) await once(stream!, 'drain');
    else await new Promise((resolve) => setImmediate(resolve));
    last = performance.now();
  };
  return {
    write: (text) => {
      if (stream) held += text;
    },
    turn: () => (performance.now() - last < MILLISECONDS ? undefined : flush()),
    flush,
  };
}
