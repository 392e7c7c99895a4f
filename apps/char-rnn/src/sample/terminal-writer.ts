import { once } from 'node:events';
import { visible } from '@unrolled/errors';

/** Milliseconds for which text is buffered. A reader does not notice it, and there are fewer system calls. */
const MILLISECONDS = 20;

/** Writes text as it is drawn, and lets other events, such as Ctrl-C, have their turn. */
export interface TerminalWriter {
  write(text: string): void;
  /** Writes the buffered text when it is due; await it after every piece. */
  turn(): Promise<void> | undefined;
  /** Writes the buffered text. */
  flush(): Promise<void>;
}

/**
 * A text as it goes to a stream: what would steer a terminal is visible there, and raw in a file or a pipe.
 */
export function forStream(text: string, stream: { readonly isTTY?: boolean }): string {
  // A carriage return before a line feed, as texts of Windows have it, moves nothing.
  return stream.isTTY ? text.split('\r\n').map(visible).join('\r\n') : text;
}

/**
 * @param stream where the text goes; undefined for nowhere, which still gives others their turn
 * @param encoding `latin1` for a text whose characters are bytes
 */
export function createTerminalWriter(
  stream: NodeJS.WriteStream | undefined,
  encoding: 'utf8' | 'latin1' = 'utf8',
): TerminalWriter {
  let held = '';
  let last = performance.now();
  const flush = async () => {
    // The line feed of a carriage return may be still to come.
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
