/** Workloads that are not stacks of layers. Each engine that measures them has its own program for them. */

export interface TaskWorkload {
  readonly kind: 'task';
  readonly name: string;
  /** The task's name in the table. */
  readonly description: string;
  readonly unit: 'step' | 'search' | 'pass';
  readonly task: /** A training step of an encoder–decoder with attention. */
    | { readonly type: 'attention'; readonly inputFeeding: boolean }
    /** A beam search over the same weights and sources in every engine. */
    | { readonly type: 'beam'; readonly sources: number }
    /** A convolution, its gradient and that of its filter. */
    | { readonly type: 'convolution' }
    /** A training step of a speech recogniser: two bidirectional layers, CTC. */
    | { readonly type: 'recogniser' }
    /** The CTC loss of logits and its gradient. */
    | { readonly type: 'ctc' };
  /** The number of trained parameters, and of PyTorch's additional ones: its second biases. */
  readonly parameters: number;
  readonly pytorchMore: number;
  /** Floating-point operations of the matrix products. */
  readonly flops: number;
}

/** The encoder–decoder: ids, embedding size, units of each of the three LSTMs, batch size, ids in and out. */
export const DECODER = { ids: 40, embedding: 128, units: 256, batch: 64, source: 10, target: 9 } as const;
/** The search: its texts, and the steps of each. The stop id is too unlikely to be drawn. */
export const SEARCH = { width: 5, length: 20, stop: 1 } as const;
/**
 * The recogniser: features of a step, units of each of the four LSTMs, classes, batch size, steps, labels of
 * a row.
 */
export const SPEECH = { features: 40, units: 128, classes: 40, batch: 32, steps: 200, labels: 30 } as const;

const { ids, embedding, units, batch, source, target } = DECODER;
const memory = 2 * units;
const lstm = (inputs: number) => 4 * units * (inputs + units);
/** Weights in the products of a decoder's step, and the numbers that attention multiplies. */
const decoderStep = (fed: number) => lstm(embedding + fed) + (units + memory) * units + units * ids;
const attention = source * (units + memory);

function training(name: string, inputFeeding: boolean): TaskWorkload {
  const fed = inputFeeding ? units : 0;
  const weights = 2 * lstm(embedding) + 2 * (4 * units) * units + memory * units + decoderStep(fed);
  const products =
    source * (2 * lstm(embedding) + memory * units) +
    2 * (4 * units) * units +
    target * (decoderStep(fed) + attention);
  return {
    kind: 'task',
    name,
    description: `both directions of an LSTM ${units}, LSTM ${units} with general attention${inputFeeding ? ' and input feeding' : ''}, embedding ${embedding}, dense ${ids}, batch ${batch}, ${source} → ${target} ids`,
    unit: 'step',
    task: { type: 'attention', inputFeeding },
    parameters: weights + 2 * ids * embedding + 3 * 4 * units + 2 * units + ids,
    pytorchMore: 3 * 4 * units,
    flops: batch * products * 2 * 3,
  };
}

function search(sources: number): TaskWorkload {
  const weights = decoderStep(0) + memory * units;
  const keys = source * memory * units;
  return {
    kind: 'task',
    name: `beam-${sources}`,
    description: `beam of ${SEARCH.width} over ${sources} source${sources > 1 ? 's' : ''} of ${source}, LSTM ${units} with general attention, dense ${ids}, ${SEARCH.length} steps`,
    unit: 'search',
    task: { type: 'beam', sources },
    parameters: weights + ids * embedding + 4 * units + ids,
    pytorchMore: 4 * units,
    flops: 2 * sources * (keys + SEARCH.width * SEARCH.length * (decoderStep(0) + attention)),
  };
}

function recogniser(): TaskWorkload {
  const { features, units, classes, batch, steps, labels } = SPEECH;
  const [gates, both] = [2 * 4 * units, 2 * units];
  const others = gates * units + gates * (both + units) + both * classes;
  return {
    kind: 'task',
    name: 'recogniser',
    description: `two layers of LSTM ${units} in both directions, ${features} features, dense ${classes}, CTC, batch ${batch}, ${steps} steps, ${labels} labels`,
    unit: 'step',
    task: { type: 'recogniser' },
    parameters: gates * features + others + 2 * gates + classes,
    pytorchMore: 2 * gates,
    // The features get no gradient.
    flops: batch * steps * 2 * (2 * gates * features + 3 * others),
  };
}

export const TASKS = {
  attention: training('attention', false),
  fed: training('attention-fed', true),
  beams: search(256),
  beam: search(1),
  convolution: {
    kind: 'task',
    name: 'conv2d',
    description: 'conv2d 3 × 3, 32 → 64 channels, 32 × 32 pixels, batch 32, forward and both gradients',
    unit: 'pass',
    task: { type: 'convolution' },
    parameters: 0,
    pytorchMore: 0,
    flops: 3 * 2 * 32 * 32 * 32 * 9 * 32 * 64,
  },
  recogniser: recogniser(),
  ctc: {
    kind: 'task',
    name: 'ctc',
    description: `CTC loss and its gradient from logits, ${SPEECH.classes} classes, batch ${SPEECH.batch}, ${SPEECH.steps} steps, ${SPEECH.labels} labels`,
    unit: 'pass',
    task: { type: 'ctc' },
    parameters: 0,
    pytorchMore: 0,
    flops: 0,
  },
} as const satisfies Record<string, TaskWorkload>;

/** The labels of each row, 1 to classes − 1. */
export const spokenLabels = (): number[][] =>
  Array.from({ length: SPEECH.batch }, (_, b) =>
    Array.from(
      { length: SPEECH.labels },
      (_, i) => 1 + ((31 * b + 17 * i + 5 * i * i) % (SPEECH.classes - 1)),
    ),
  );

/**
 * Numbers from −scale to scale, the same in every engine: the minimal standard generator (Park and Miller,
 * 1988).
 */
export function spread(count: number, scale: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647;
    return scale * (2 * (state / 2147483647) - 1);
  });
}
