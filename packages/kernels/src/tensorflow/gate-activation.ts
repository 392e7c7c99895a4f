import type { ActivationData } from '../layers/layer';
import type { Id, NativeOps } from './native-ops';

/**
 * The activation of the gates. `kept` is the input of its gradient: the sigmoid's result, or the hard
 * sigmoid's value before clipping.
 */
export interface Squash {
  keep(x: Id): Id;
  result(kept: Id): Id;
  /** dy times the activation's derivative. */
  gradient(kept: Id, dy: Id): Id;
}

export function squashOf(ops: NativeOps, activation: ActivationData): Squash {
  return activation === 'hardSigmoid' ? hardSigmoid(ops) : sigmoid(ops);
}

const sigmoid = (ops: NativeOps): Squash => ({
  keep: ops.sigmoid,
  result: (kept) => kept,
  gradient: (kept, dy) => ops.one('SigmoidGrad', [kept, dy]),
});

/** min(1, max(0, 0.2·x + 0.5)); the derivative is 0.2 between the limits, limits included. */
function hardSigmoid(ops: NativeOps): Squash {
  const { binding } = ops.backend;
  const [zero, one, scale, offset] = [0, 1, 0.2, 0.5].map((value) => ops.scalar(value)) as [Id, Id, Id, Id];
  const result = (kept: Id) => ops.one('ClipByValue', [kept, zero, one]);
  const toFloat = [ops.type('SrcT', binding.TF_BOOL), ops.type('DstT', binding.TF_FLOAT)];
  return {
    keep(x) {
      const scaled = ops.multiply(x, scale);
      const kept = ops.add(scaled, offset);
      ops.free(scaled);
      return kept;
    },
    result,
    gradient(kept, dy) {
      const clipped = result(kept);
      const isWithin = ops.one('Equal', [kept, clipped], ops.boolean('incompatible_shape_error', true));
      const [within] = ops.run('Cast', [isWithin], 1, toFloat) as [Id];
      const slope = ops.multiply(within, scale);
      const dx = ops.multiply(dy, slope);
      ops.free(clipped, isWithin, within, slope);
      return dx;
    },
  };
}
