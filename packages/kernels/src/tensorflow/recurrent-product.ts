import type { Id, NativeOps } from './native-ops';

/**
 * The matrix product that a step loop repeats: a few rows [B,N] times the same weights [N,M].
 *
 * TensorFlow packs the weights again for each product. oneDNN packs transposed weights up to twice as fast;
 * Eigen packs them up to three times as slowly (docs/decisions/2026-11-23-native-engine.md).
 */
export class RecurrentProduct {
  private readonly weights: Id;
  private readonly transposeB: boolean;

  /** @param weights [N,M], or [M,N] with `transposed`; they are transposed if the other layout is faster */
  constructor(
    private readonly ops: NativeOps,
    weights: Id,
    transposed = false,
  ) {
    this.transposeB = hasOneDnn();
    this.weights = transposed === this.transposeB ? weights : ops.transpose(weights, [1, 0]);
  }

  of(rows: Id): Id {
    return this.ops.matMul(rows, this.weights, { transposeB: this.transposeB });
  }
}

const { process } = globalThis as {
  process?: { arch: string; platform: string; env: Record<string, string | undefined> };
};

/**
 * Whether TensorFlow computes products with oneDNN, as selectBackend requests. If a program loads tfjs-node
 * itself without that setting, Eigen is assumed: oneDNN is off by default on many processors, and TensorFlow
 * for macOS is built without it.
 */
function hasOneDnn(): boolean {
  return (
    process?.arch === 'x64' && process.platform !== 'darwin' && process.env.TF_ENABLE_ONEDNN_OPTS === '1'
  );
}
