import { setTimeout as wait } from 'node:timers/promises';
import type { Reporter } from '@unrolled/app-shared';
import { interruptSignal } from '@unrolled/runs/node';

/** The state of something, as text. */
export interface State {
  readonly words: string;
  /** Whether the state is final. */
  readonly isOver: boolean;
}

/** Milliseconds between two checks. */
const LOOK = 1000;
/** Clears a terminal, and moves the cursor to the top. */
const CLEAR = '\u001b[H\u001b[2J\u001b[3J';

/**
 * Prints a state. With `watch`, it is printed again after each change, until it is final or Ctrl-C; on a
 * terminal it overwrites the previous one.
 */
export async function sayState(
  look: () => Promise<State>,
  { reporter, watch = false }: { readonly reporter: Reporter; readonly watch?: boolean | undefined },
): Promise<void> {
  const signal = watch ? interruptSignal() : undefined;
  let before: string | undefined;
  for (;;) {
    const { words, isOver } = await look();
    const clear = watch && process.stdout.isTTY ? CLEAR : '';
    if (words !== before) reporter.line(`${clear}${words}`);
    before = words;
    if (!watch || isOver || signal?.aborted) return;
    await wait(LOOK, undefined, signal ? { signal } : {}).catch(() => {});
  }
}
