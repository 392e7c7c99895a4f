/**
 * A limit on the gradients: on their global norm (TensorFlow's `clip_by_global_norm`), or on each element's
 * magnitude (`clip_by_value`).
 */
export type Clip = { readonly globalNorm: number } | { readonly value: number };

/** One optimizer step. */
export type ParameterUpdate = { clip?: Clip | undefined } & (
  | {
      kind: 'adam';
      learningRate: number;
      beta1: number;
      beta2: number;
      epsilon: number;
      /** Starts at 1. The bias correction is computed in float64. */
      step: number;
      /**
       * true (default; TensorFlow, Keras): p −= rate·√(1−β₂ᵗ)/(1−β₁ᵗ) · m/(√v + epsilon), the "epsilon hat"
       * of the paper. false (the paper's algorithm 1, PyTorch, tfjs): epsilon is added to the corrected √v.
       */
      epsilonHat?: boolean | undefined;
      /** AdamW's λ, default 0: parameters of rank 2 or more are first multiplied by 1 − rate·λ. */
      weightDecay?: number | undefined;
    }
  | {
      /**
       * TensorFlow's rule: s ← decay·s + (1−decay)·g², p −= rate·g/√(s + epsilon). Momentum takes a second
       * slot.
       */
      kind: 'rmsprop';
      learningRate: number;
      decay: number;
      epsilon: number;
      momentum?: number | undefined;
    }
  | {
      /** v ← momentum·v + g, p −= rate·v. Without momentum there is no slot. */
      kind: 'sgd';
      learningRate: number;
      momentum?: number | undefined;
    }
);

/**
 * The number of slots (variables of each parameter's shape, initially zero) that an update needs: Adam m and
 * v, RMSprop s (and m), SGD (v).
 */
export function slotCount(options: ParameterUpdate): number {
  if (options.kind === 'adam') return 2;
  const momentum = options.momentum ? 1 : 0;
  return options.kind === 'rmsprop' ? 1 + momentum : momentum;
}

/** Adam's rate and epsilon including the bias correction of step t, in float64. */
export function adamRates(options: Extract<ParameterUpdate, { kind: 'adam' }>): {
  rate: number;
  epsilon: number;
} {
  const { learningRate, beta1, beta2, epsilon, step, epsilonHat = true } = options;
  const root = Math.sqrt(1 - beta2 ** step);
  return {
    rate: (learningRate * root) / (1 - beta1 ** step),
    epsilon: epsilonHat ? epsilon : epsilon * root,
  };
}

/** AdamW's decay factor of a parameter: matrices decay, vectors such as biases do not. */
export function keptShare(options: ParameterUpdate, { rank }: { readonly rank: number }): number {
  const decay = options.kind === 'adam' && rank > 1 ? options.learningRate * (options.weightDecay ?? 0) : 0;
  return 1 - decay;
}
