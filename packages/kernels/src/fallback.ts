import { checkKind } from './refuse';

/** Something that runs slower than the current backend could run it, and why. */
export interface Fallback {
  /**
   * The caller of a kernel: a cell ('lstm'), a layer of tfjs-layers ('lstm_LSTM1'), or an op
   * ('lstmSequence').
   */
  readonly caller: string;
  /** The faster path that is not used: 'the fused kernel', or one within it, 'cuDNN'. */
  readonly passedOver: string;
  /**
   * The reasons as text: options that the kernel lacks ('peepholes'), or the error of its trial.
   */
  readonly reasons: readonly string[];
  /** All of it in one line. */
  readonly message: string;
  /**
   * Whether this is only the program's form, and no error: a listener is called, the console is not used.
   */
  readonly isOrdinary?: boolean;
}

const warn = ({ message, isOrdinary }: Fallback) => {
  if (!isOrdinary) console.warn(message);
};

let listener: (fallback: Fallback) => void = warn;
const told = new Set<string>();

/**
 * Replaces the handler of fallbacks to a slower path with the same results; by default its line goes to
 * `console.warn`, unless it is ordinary. Each listener gets each fallback once.
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
