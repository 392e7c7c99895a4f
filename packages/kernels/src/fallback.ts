import { checkKind } from './refuse';

/** A computation that runs slower than the current backend allows, with the reasons. */
export interface Fallback {
  /**
   * The caller of a kernel: a cell ('lstm'), a layer of tfjs-layers ('lstm_LSTM1'), or an op
   * ('lstmSequence').
   */
  readonly caller: string;
  /** The faster path that is not used: 'the fused kernel', or a path inside it, such as 'cuDNN'. */
  readonly passedOver: string;
  /**
   * The reasons as text: options that the kernel does not support ('peepholes'), or the error of its trial
   * run.
   */
  readonly reasons: readonly string[];
  /** The complete message, in one line. */
  readonly message: string;
  /**
   * Whether the fallback follows from the program's own settings rather than from a fault. An ordinary
   * fallback is passed to a listener but not printed on the console.
   */
  readonly isOrdinary?: boolean;
}

const warn = ({ message, isOrdinary }: Fallback) => {
  if (!isOrdinary) console.warn(message);
};

let listener: (fallback: Fallback) => void = warn;
const told = new Set<string>();

/**
 * Replaces the handler of fallbacks to a slower path with the same results. The default handler prints the
 * message with `console.warn`, unless the fallback is ordinary. Each listener receives each fallback once.
 *
 * @returns a function that restores the default handler
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

/** Calls the listener, unless it has received this fallback before. */
export function tellFallback(fallback: Fallback): void {
  const key = JSON.stringify(fallback);
  if (told.has(key)) return;
  told.add(key);
  listener(fallback);
}
