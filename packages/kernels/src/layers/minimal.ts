import type { Shape } from './layer';

/**
 * The activation of a minimal layer's candidate: 'linear', or 'positive', which is g(x) = x + ½ if x ≥ 0,
 * else σ(x). The paper's log-space implementations need g because they take the candidate's logarithm.
 */
export type MinimalActivation = 'linear' | 'positive';

/** A layer whose gates depend only on the input, so its recurrence is linear. */
export interface MinimalSizes {
  /** I: the length of one input vector, or the number of distinct ids. */
  readonly inputSize: number;
  /** H: the size of the state, which is the output. */
  readonly units: number;
  /**
   * With 'ids' the layer reads ids and treats them as one-hot vectors of length `inputSize`. Default
   * 'vectors'.
   */
  readonly inputKind?: 'vectors' | 'ids' | undefined;
  /** Activation of the candidate. */
  readonly activation: MinimalActivation;
  readonly useBias: boolean;
}

/** The parameters of a minimal layer with `gates` gates. */
export function minimalParameters(gates: number, layer: MinimalSizes): Record<string, Shape> {
  const columns = gates * layer.units;
  return { kernel: [layer.inputSize, columns], ...(layer.useBias && { bias: [columns] }) };
}
