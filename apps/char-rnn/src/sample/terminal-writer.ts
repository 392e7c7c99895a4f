import { once } from 'node:events';

/** How long text is held back to be written in one go; a reader sees no difference, the system does. */
const MILLISECONDS = 20;

/** Writes text as it is drawn, and lets other events, such as Ctrl-C, have their turn. */
export interface TerminalWriter {
  write(text: string): void;
  /** Writes what is held back when it is time; await it after every piece. */
  turn(): Promise<void> | undefined;
  /** Writes what is held back. */
  flush(): Promise<void>;
}

/** @param stream where the text goes; undefined for nowhere, which still gives others their turn */
export function createTerminalWriter(stream: NodeJS.WriteStream | undefined): TerminalWriter {
  let held = '';
  let last = performance.now();
  const flush = async () => {
    const text = held;
    held = '';
    const isFull = text !== '' && stream?.write(text) === false;
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
