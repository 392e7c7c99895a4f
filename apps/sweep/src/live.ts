import { setTimeout as wait } from 'node:timers/promises';
import type { Reporter } from '@unrolled/app-shared';
import { interruptSignal } from '@unrolled/runs/node';

/** How something stands. */
export interface State {
  readonly words: string;
  /** Whether nothing more will change. */
  readonly isOver: boolean;
}

/** Between two looks, in milliseconds. */
const LOOK = 1000;
/** Clears a terminal, and writes from its top. */
const CLEAR = '\u001b[H\u001b[2J\u001b[3J';

/**
 * Says how something stands. With `watch` it is said again whenever it has changed, until it is over or
 * Ctrl-C: on a terminal in the same place.
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
