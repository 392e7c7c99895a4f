/** The fused ops with the signature of the reference. */
import * as tf from '@tensorflow/tfjs-core';
import {
  gruSequence,
  layerType,
  lstmSequence,
  type RecurrentLayer,
  simpleRnnSequence,
} from '@unrolled/kernels';
import type { Layer, Options, Tensors } from './reference';

const SIGMOID = { activation: 'tanh', recurrentActivation: 'sigmoid' } as const;
const KINDS = {
  lstm: { type: 'lstm', ...SIGMOID },
  'gru-after': { type: 'gru', variant: 'reset-after', ...SIGMOID },
  'gru-before': { type: 'gru', variant: 'reset-before', ...SIGMOID },
  'rnn-tanh': { type: 'simpleRnn', activation: 'tanh' },
  'rnn-relu': { type: 'simpleRnn', activation: 'relu' },
} as const;

/** The data of a layer in the tests. */
export function layerData(layer: Layer, inputSize: number, units: number): RecurrentLayer {
  return { ...KINDS[layer], inputSize, units };
}

export function fusedSequence(layer: Layer, x: tf.Tensor, w: Tensors, options: Options): tf.Tensor[] {
  const common = {
    x,
    kernel: w.kernel as tf.Tensor2D,
    recurrentKernel: w.recurrentKernel as tf.Tensor2D,
    bias: w.bias!,
    initialH: w.initialH as tf.Tensor2D,
  };
  if (layer === 'lstm') {
    const { output, h, c } = lstmSequence({ ...common, initialC: w.initialC as tf.Tensor2D }, options);
    return [output, h, c];
  }
  if (layer === 'gru-after' || layer === 'gru-before') {
    const variant = layer === 'gru-after' ? 'reset-after' : 'reset-before';
    const { output, h } = gruSequence({ ...common, recurrentBias: w.recurrentBias }, { ...options, variant });
    return [output, h];
  }
  const { lengths, reverse } = options;
  const { output, h } = simpleRnnSequence(common, {
    lengths,
    reverse,
    activation: layer === 'rnn-relu' ? 'relu' : 'tanh',
  });
  return [output, h];
}

/** A small random generator, so that a failure can be repeated: Marsaglia's xorshift32. */
export function generator(seed: number): () => number {
  let state = seed * 2654435761 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

export interface Case {
  batch: number;
  time: number;
  inputSize: number;
  units: number;
  ids?: boolean;
}

/**
 * Random arrays for a layer: its input, weights, states, and the weights of a scalar loss over the outputs.
 */
export function randomCase(
  layer: Layer,
  { batch, time, inputSize, units, ids }: Case,
  seed: number,
  recurrentBias = true,
) {
  const random = generator(seed);
  const array = (shape: number[], scale: number) => {
    const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
    for (let i = 0; i < values.length; i++) values[i] = (random() * 2 - 1) * scale;
    return { shape, values };
  };
  const width = layerType(layerData(layer, inputSize, units)).gates.length * units;
  const arrays: Record<string, { shape: number[]; values: Float32Array }> = {
    kernel: array([inputSize, width], 0.7),
    recurrentKernel: array([units, width], 0.9 / Math.sqrt(units)),
    bias: array([width], 0.5),
    initialH: array([batch, units], 0.8),
  };
  if (layer === 'lstm') arrays.initialC = array([batch, units], 0.8);
  if (layer === 'gru-after' && recurrentBias) arrays.recurrentBias = array([width], 0.5);
  const x = ids ? undefined : array([batch, time, inputSize], 1);
  const idValues = ids
    ? Int32Array.from({ length: batch * time }, () => Math.floor(random() * inputSize))
    : undefined;
  const outputs = [
    [batch, time, units],
    [batch, units],
    [batch, units],
  ].slice(0, layer === 'lstm' ? 3 : 2);
  const weights = outputs.map((shape) => array(shape, 1));
  return { arrays, x, ids: idValues, weights, batch, time };
}

export type SequenceCase = ReturnType<typeof randomCase>;
type Run = (layer: Layer, x: tf.Tensor, w: Tensors, options: Options) => tf.Tensor[];

/** Outputs and all gradients of Σ weights∘outputs on the current backend, as plain arrays by name. */
export function outputsAndGradients(run: Run, layer: Layer, sequence: SequenceCase, options: Options) {
  const result: Record<string, Float32Array> = {};
  tf.tidy(() => {
    const { arrays, x, ids, weights, batch, time } = sequence;
    const names = Object.keys(arrays);
    const tensors = names.map((name) => tf.tensor(arrays[name]!.values.slice(), arrays[name]!.shape));
    const input = x ? tf.tensor(x.values.slice(), x.shape) : tf.tensor(ids!, [batch, time], 'int32');
    const all = x ? [...tensors, input] : tensors;
    const { value, grads } = tf.valueAndGrads((...args: tf.Tensor[]) => {
      const w: Tensors = {};
      names.forEach((name, i) => {
        w[name] = args[i]!;
      });
      const outputs = run(layer, x ? args[names.length]! : input, w, options);
      outputs.forEach((output, i) => {
        result[`output ${i}`] = output.dataSync<'float32'>();
      });
      const terms = outputs.map((output, i) =>
        tf.sum(tf.mul(output, tf.tensor(weights[i]!.values, weights[i]!.shape))),
      );
      return terms.reduce((a, b) => tf.add(a, b)) as tf.Scalar;
    })(all);
    result.loss = value.dataSync<'float32'>();
    names.forEach((name, i) => {
      result[`d ${name}`] = grads[i]!.dataSync<'float32'>();
    });
    if (x) result['d x'] = grads[names.length]!.dataSync<'float32'>();
  });
  return result;
}

/**
 * Outputs and gradients of the case, and of the case with `poison` in all places without effect: the input
 * and the gradient of the output past each row's length, and the states of rows of length 0. Of the final
 * states only the rows with a step are returned.
 */
export function cleanAndPoisoned(
  run: Run,
  layer: Layer,
  sequence: SequenceCase,
  options: Options & { lengths: readonly number[] },
  poison: number,
) {
  const { lengths } = options;
  const { time } = sequence;
  type Values = { shape: number[]; values: Float32Array<ArrayBuffer> };
  const steps = ({ shape, values }: Values): Values => {
    const [, , size] = shape as [number, number, number];
    const counts = (i: number) => Math.floor(i / size) % time < lengths[Math.floor(i / (time * size))]!;
    return { shape, values: values.map((value, i) => (counts(i) ? value : poison)) };
  };
  const rows = ({ shape, values }: Values): Values => ({
    shape,
    values: values.map((value, i) => (lengths[Math.floor(i / shape[1]!)]! > 0 ? value : poison)),
  });
  const arrays = Object.entries(sequence.arrays).map(
    ([name, array]) => [name, name.startsWith('initial') ? rows(array as Values) : array] as const,
  );
  const results = [
    sequence,
    {
      ...sequence,
      arrays: Object.fromEntries(arrays),
      x: sequence.x && steps(sequence.x),
      // An invalid id.
      ids: sequence.ids?.map((id, i) => (i % time < lengths[Math.floor(i / time)]! ? id : -1)),
      weights: [steps(sequence.weights[0]!), ...sequence.weights.slice(1)],
    },
  ].map((one) => {
    const { loss: _, ...result } = outputsAndGradients(run, layer, one, options);
    for (const name of ['output 1', 'output 2']) {
      result[name] =
        result[name]?.filter(
          (_value, i, all) => lengths[Math.floor((i * lengths.length) / all.length)]! > 0,
        ) ?? new Float32Array();
    }
    return result;
  });
  return { clean: results[0]!, poisoned: results[1]! };
}

/** The largest |a − b| relative to the largest |b|, over all tensors, and the name of the tensor. */
export function worstDifference(
  a: Record<string, Float32Array>,
  b: Record<string, Float32Array>,
): { name: string; error: number } {
  let worst = { name: '', error: 0 };
  for (const name of Object.keys(b)) {
    const [left, right] = [a[name]!, b[name]!];
    if (left.length !== right.length)
      return { name: `${name}: ${left.length} of ${right.length}`, error: Infinity };
    let difference = 0;
    let size = 1e-6;
    right.forEach((value, i) => {
      difference = Math.max(difference, Math.abs(value - left[i]!));
      size = Math.max(size, Math.abs(value));
      if (Number.isNaN(left[i]!)) difference = Infinity;
    });
    if (difference / size > worst.error) worst = { name, error: difference / size };
  }
  return worst;
}
