/** A recurrent layer, and why it does not run on a fused kernel. */
export interface LayerReport {
  /** The layer's name: 'lstm_LSTM1'. */
  readonly layer: string;
  /** What there is no fused kernel for: ["activation 'elu'"]. */
  readonly lacking: readonly string[];
}

const warn = ({ layer, lacking }: LayerReport) =>
  console.warn(
    `[unrolled/kernels] ${layer}: no fused kernel for ${lacking.join(', nor for ')}; running tfjs's own way, which is slower`,
  );

let listener: (report: LayerReport) => void = warn;
const told = new Set<string>();

/**
 * Replaces what happens when an accelerated layer runs tfjs's own way; by default one line per layer and reason goes to
 * `console.warn`. Each is told once per listener.
 *
 * @returns a function that puts the default back
 */
export function onFallback(listen: (report: LayerReport) => void): () => void {
  listener = listen;
  told.clear();
  return () => {
    listener = warn;
    told.clear();
  };
}

/** Tells the listener, unless it knows. */
export function tell(report: LayerReport): void {
  const key = JSON.stringify(report);
  if (told.has(key)) return;
  told.add(key);
  listener(report);
}
