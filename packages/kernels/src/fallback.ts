import { checkKind } from './refuse';

/** Something that runs slower than the current backend could run it, and why. */
export interface Fallback {
  /**
   * What asked for a kernel: a cell ('lstm'), a layer of tfjs-layers ('lstm_LSTM1'), or an op
   * ('lstmSequence').
   */
  readonly caller: string;
  /** What is not used: 'the fused kernel', or a faster way within one, 'cuDNN'. */
  readonly passedOver: string;
  /**
   * Each reason in words: an option that the kernel lacks ('peepholes'), or what was wrong when it was tried.
   */
  readonly reasons: readonly string[];
  /** All of it in one line. */
  readonly message: string;
  /**
   * Whether it is how the program is written, and nothing to mend: a listener is told, the console is not.
   */
  readonly isOrdinary?: boolean;
}

const warn = ({ message, isOrdinary }: Fallback) => {
  if (!isOrdinary) console.warn(message);
};

let listener: (fallback: Fallback) => void = warn;
const told = new Set<string>();

/**
 * Replaces what happens when something falls back to a slower way with the same results; by default its line
 * goes to `console.warn`, unless it is ordinary. Each is told once per listener.
 *
 * @returns a function that puts the default back
 */
export function onFallback(listen: (fallback: Fallback) => void): () => void {
  checkKind('onFallback', 'the listener', listen, 'function');
  const use = (next: typeof listener) => {
    listener = next;
    told.clear();
  };
  use(listen);
  return () => use(warn);
}

/** Tells the listener, unless it knows. */
export function tellFallback(fallback: Fallback): void {
  const key = JSON.stringify(fallback);
  if (told.has(key)) return;
  told.add(key);
  listener(fallback);
}
