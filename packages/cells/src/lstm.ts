import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { LSTM, type LstmLayer } from '@unrolled/kernels';
import { ACTIVATION, activationData, resolveActivation } from './activations';
import type { Cell, InputKind } from './contract';
import { INITIALIZER } from './initializers';
import { inputProduct } from './input-product';
import { recurrentCell } from './recurrent-cell';
import { type GatedOptions, initializersOf } from './recurrent-options';
import { check, checkOptions } from './refuse';

export interface LstmOptions<K extends InputKind = 'vectors'> extends GatedOptions<K> {
  /** Added to the forget gate's bias by `init`; default 1 (Jozefowicz et al., 2015). */
  readonly forgetBias?: number;
  /** Peepholes: gates also read the cell state; default false. */
  readonly peepholes?: boolean;
  /** Clips c' to ±cellClip. */
  readonly cellClip?: number;
  /** P: the size of the hidden state and output after a linear projection. */
  readonly projection?: number;
  /** Clips the projected output to ±projectionClip. */
  readonly projectionClip?: number;
}

const KINDS: OptionKinds<LstmOptions<InputKind>> = {
  forgetBias: 'number?',
  peepholes: 'boolean?',
  cellClip: 'number?',
  projection: 'positive integer?',
  projectionClip: 'number?',
  recurrentActivation: ACTIVATION,
  inputSize: 'positive integer',
  units: 'positive integer',
  inputKind: "'vectors' or 'ids'?",
  activation: ACTIVATION,
  kernelInitializer: INITIALIZER,
  recurrentInitializer: INITIALIZER,
  biasInitializer: INITIALIZER,
};

export type LstmParams = {
  /** W [I, 4H] */
  readonly kernel: Tensor2D;
  /** U [H, 4H], or [P, 4H] with a projection */
  readonly recurrentKernel: Tensor2D;
  /** b [4H] */
  readonly bias: Tensor1D;
  /** Rows pi, pf, po [3, H], with peepholes. */
  readonly peephole?: Tensor2D;
  /** P [H, P], with a projection. */
  readonly projection?: Tensor2D;
};

/** h [B, H] (or [B, P]) and c [B, H]. */
export type LstmState = { readonly h: Tensor2D; readonly c: Tensor2D };

/**
 * A long short-term memory (Hochreiter and Schmidhuber, 1997; forget gate: Gers et al., 2000). A step maps
 * [B, I] to h' [B, H]; the state is h and c, [B, H] each:
 *
 *     i = σ(x·Wi + h·Ui + bi + pi⊙c)        input gate
 *     f = σ(x·Wf + h·Uf + bf + pf⊙c)        forget gate
 *     g = tanh(x·Wg + h·Ug + bg)            cell input
 *     c' = clip(f⊙c + i⊙g)
 *     o = σ(x·Wo + h·Uo + bo + po⊙c')       output gate
 *     h' = clip((o⊙tanh(c'))·P)
 *
 * The peepholes p (Gers and Schmidhuber, 2000), the clips and the projection P (Sak et al., 2014) are
 * options, with the semantics of TF1's `LSTMCell`. Gate order i, f, g, o, as in Keras and PyTorch. `init`
 * includes the forget bias in `bias`; nothing is added at run time. Importing TF1 weights adds it to `bias`.
 *
 * @throws UnrolledError if a size is not a positive integer or a clip is not positive
 */
export function lstm<const K extends InputKind = 'vectors'>(
  options: LstmOptions<K>,
): Cell<LstmParams, LstmState, K> {
  checkOptions('lstm', options, KINDS);
  const { inputSize, units, inputKind = 'vectors' as K, forgetBias = 1, peepholes = false } = options;
  const { cellClip, projection, projectionClip } = options;
  const { activation = 'tanh', recurrentActivation = 'sigmoid' } = options;
  for (const [name, limit] of Object.entries({ cellClip, projectionClip })) {
    if (limit !== undefined) check.number('lstm', name, limit, limit > 0, 'to be positive');
  }
  const activate = resolveActivation(activation);
  const gate = resolveActivation(recurrentActivation);
  const layer: LstmLayer = {
    type: 'lstm',
    inputSize,
    units,
    inputKind,
    activation: activationData(activation),
    recurrentActivation: activationData(recurrentActivation),
    peepholes,
    cellClip,
    projection,
    projectionClip,
  };
  const gateOf = (gateInput: Tensor2D, weights: Tensor2D | undefined, c: Tensor2D) =>
    gate(weights ? tf.add(gateInput, tf.mul(weights, c)) : gateInput);

  return recurrentCell({
    name: 'lstm',
    type: LSTM,
    layer,
    inputKind,
    initialization: { ...initializersOf(options), forgetBias: options.forgetBias },
    adjust(name, values) {
      if (name !== 'bias') return;
      for (let i = units; i < 2 * units; i++) values[i] = values[i]! + forgetBias;
    },
    step(params: LstmParams, input, { h, c }: LstmState) {
      const products = tf.add(inputProduct(input, params.kernel), tf.matMul(h, params.recurrentKernel));
      const z = tf.add(products, params.bias) as Tensor2D;
      const [zi, zf, zg, zo] = tf.split(z, 4, 1) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D];
      const [pi, pf, po] = params.peephole ? (tf.split(params.peephole, 3) as Tensor2D[]) : [];
      const i = gateOf(zi, pi, c);
      const f = gateOf(zf, pf, c);
      const g = activate(zg);
      const nextC = clip(tf.add(tf.mul(f, c), tf.mul(i, g)), cellClip);
      const o = gateOf(zo, po, nextC);
      const m = tf.mul(o, activate(nextC)) as Tensor2D;
      const nextH = params.projection ? clip(tf.matMul(m, params.projection), projectionClip) : m;
      return { output: tf.clone(nextH), state: { h: nextH, c: nextC } };
    },
  });
}

function clip(x: Tensor2D, limit: number | undefined): Tensor2D {
  return limit === undefined ? x : tf.clipByValue(x, -limit, limit);
}
