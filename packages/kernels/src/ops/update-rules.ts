/**
 * Limits of the gradients: their common norm (TF's `clip_by_global_norm`), or each number's magnitude
 * (`clip_by_value`).
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
      /** Counts from 1; the bias correction is done in float64. */
      step: number;
      /**
       * true (default; TensorFlow, Keras): p −= rate·√(1−β₂ᵗ)/(1−β₁ᵗ) · m/(√v + epsilon), the "epsilon hat"
       * of the paper. false (the paper's algorithm 1, PyTorch, tfjs): epsilon is added to the corrected √v.
       */
      epsilonHat?: boolean | undefined;
      /** AdamW's λ, default 0: parameters of rank 2 and more are first multiplied by 1 − rate·λ. */
      weightDecay?: number | undefined;
    }
  | {
      /**
       * s ← decay·s + (1−decay)·g², p −= rate·g/√(s + epsilon), with momentum through a second slot;
       * TensorFlow's.
       */
      kind: 'rmsprop';
      learningRate: number;
      decay: number;
      epsilon: number;
      momentum?: number | undefined;
    }
  | {
      /** v ← momentum·v + g, p −= rate·v; without momentum no slot. */
      kind: 'sgd';
      learningRate: number;
      momentum?: number | undefined;
    }
);

/**
 * How many slots (variables of each parameter's shape, zero at the start) an update takes: Adam m and v,
 * RMSprop s (and m), SGD (v).
 */
export function slotCount(options: ParameterUpdate): number {
  if (options.kind === 'adam') return 2;
  const momentum = options.momentum ? 1 : 0;
  return options.kind === 'rmsprop' ? 1 + momentum : momentum;
}

/** Adam's rate and epsilon with the bias correction of step t in them, in float64. */
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

/** AdamW's decay factor of a parameter: matrices decay, biases do not. */
export function keptShare(options: ParameterUpdate, { rank }: { readonly rank: number }): number {
  const decay = options.kind === 'adam' && rank > 1 ? options.learningRate * (options.weightDecay ?? 0) : 0;
  return 1 - decay;
}
