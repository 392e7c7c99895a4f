import { type GradConfig, type Tensor, type Tensor2D, type Tensor3D, zeros } from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { layerFacts } from '../layers/layer-facts';
import { layerType, type MinimalLayer } from '../layers/layer-types';
import { check, checkKind, checkLengths, checkOptions, refuse } from '../refuse';
import { checkTensor } from './checks';
import { composedRecurrence } from './composed-recurrence';
import type { SequenceOptions } from './recurrent-sequence';
import { hasFusedKernel, requireFirstOrder, requireFusedKernel, runKernel, runOp } from './registry';

/** The options of a linear recurrence besides its coefficients. */
export interface RecurrenceOptions extends SequenceOptions {
  /** h₀ [B,H]; default zeros. */
  initialState?: Tensor2D | undefined;
}

const KINDS: OptionKinds<RecurrenceOptions> = {
  initialState: 'tensor?',
  lengths: 'array or typed array?',
  reverse: 'boolean?',
};

/** The attributes of the kernel LinearRecurrence and its gradient. */
export interface RecurrenceAttributes {
  /**
   * The source of the coefficients a and b: given as tensors, or computed from a minimal layer's
   * pre-activations.
   */
  readonly kind: 'coefficients' | MinimalLayer['type'];
  /** Whether g is applied to a minimal layer's candidate. */
  readonly positive: boolean;
  readonly lengths: readonly number[] | null;
  readonly reverse: boolean;
}

/** h after each step, 0 past a row's length, and h after each row's last valid step. */
interface Recurrence {
  /** [B,T,H] */
  output: Tensor3D;
  /** [B,H] */
  state: Tensor2D;
}

/**
 * The linear recurrence hₜ = aₜ ∘ hₜ₋₁ + bₜ over a whole sequence: one kernel, and one for the gradient.
 * Recurrent layers whose gates do not depend on the state reduce to it: minGRU, minLSTM, the pooling of QRNN,
 * SRU. On a backend without the kernel it runs step by step.
 *
 * Values of a and b past a row's length, even NaN, affect neither a result nor a gradient.
 *
 * @param a float32 [B,T,H]
 * @param b float32 [B,T,H]
 * @param options.initialState h₀ [B,H]; default zeros
 * @param options.lengths number of valid steps of each row, 0 to T; past them the output is exactly 0 and the
 *   state does not change
 * @param options.reverse runs from each row's last valid step to its first; the output keeps the order of a
 *   and b
 * @returns output [B,T,H], h after each step; state [B,H], h after each row's last valid step
 * @throws UnrolledError on a shape, dtype or length that does not fit
 */
export function linearRecurrence(a: Tensor3D, b: Tensor3D, options: RecurrenceOptions = {}): Recurrence {
  const scope = 'linearRecurrence';
  checkOptions(scope, options, KINDS);
  checkKind(scope, 'a', a, 'tensor');
  checkKind(scope, 'b', b, 'tensor');
  checkTensor(scope, 'a', a, 'float32', [null, null, null]);
  checkTensor(scope, 'b', b, 'float32', a.shape);
  const [batch, , units] = a.shape;
  const lengths = checkSequence(scope, a, units, options);
  const { initialState, reverse = false } = options;
  if (!hasFusedKernel('linearRecurrence')) {
    return composedRecurrence(a, b, { initialState, lengths, reverse });
  }
  const attributes: RecurrenceAttributes = { kind: 'coefficients', positive: false, lengths, reverse };
  return runRecurrence(scope, { a, b }, initialState ?? [batch, units], attributes);
}

/**
 * The gates and the recurrence of a minimal layer from its pre-activations: one kernel, and one for the
 * gradient. The equations are in the documentation of `minGru` and `minLstm` of `@unrolled/cells`.
 *
 * @param gates float32 [B,T,G·H], in the order of `layerType(layer).gates`
 * @param options the options of `linearRecurrence`
 * @returns the same as `linearRecurrence`
 * @throws UnrolledError on a shape, dtype or length that does not fit, or a backend without the kernel
 */
export function minimalRecurrence(
  gates: Tensor3D,
  layer: MinimalLayer,
  options: RecurrenceOptions = {},
): Recurrence {
  const scope = 'minimalRecurrence';
  checkOptions(scope, options, KINDS);
  checkKind(scope, 'gates', gates, 'tensor');
  checkKind(scope, 'layer', layer, 'object');
  checkKind(scope, 'type of the layer', layer.type, "'minGru' or 'minLstm'");
  check.count(scope, 'units of the layer', layer.units);
  requireFusedKernel(layerFacts(layer).op);
  const { type, units, activation } = layer;
  checkTensor(scope, 'gates', gates, 'float32', [null, null, layerType(layer).gates.length * units]);
  const { initialState, reverse = false } = options;
  const lengths = checkSequence(scope, gates, units, options);
  const positive = activation === 'positive';
  const attributes: RecurrenceAttributes = { kind: type, positive, lengths, reverse };
  return runRecurrence(scope, { a: gates }, initialState ?? [gates.shape[0], units], attributes);
}

/** Checks the sequence; returns the lengths as an array, or null if there are none. */
function checkSequence(
  scope: string,
  { shape }: Tensor3D,
  units: number,
  { initialState, lengths }: RecurrenceOptions,
): readonly number[] | null {
  const [batch, time] = shape;
  if (batch < 1 || time < 1 || units < 1) {
    refuse(scope, {
      expected: 'at least one row, one step and one unit',
      got: `[${shape.join(', ')}]`,
      remedy: 'skip empty batches',
    });
  }
  if (initialState) checkTensor(scope, 'initialState', initialState, 'float32', [batch, units]);
  return checkLengths(scope, lengths, batch, time) ?? null;
}

/** @param start the initial state, or its shape if it is zero */
function runRecurrence(
  scope: string,
  coefficients: Record<string, Tensor>,
  start: Tensor2D | [number, number],
  attributes: RecurrenceAttributes,
): Recurrence {
  requireFirstOrder(scope);
  const initialState = Array.isArray(start) ? zeros(start) : start;
  const inputs = { ...coefficients, initialState };
  const [output, state] = runOp<Tensor[]>(GRADIENT, inputs, attributes);
  if (initialState !== start) initialState.dispose();
  return { output: output as Tensor3D, state: state as Tensor2D };
}

const GRADIENT: GradConfig = {
  kernelName: 'LinearRecurrence',
  inputsToSave: ['a', 'initialState'],
  outputsToSave: [true, false],
  gradFunc: (dys, [a, initialState, output], attributes) => {
    const [dOutput, dState] = dys as Tensor[];
    const inputs = { a, initialState, output, dOutput, dState };
    const [dA, dInitialState, dB] = runKernel<Tensor[]>('LinearRecurrenceGradient', inputs, {
      ...attributes,
    });
    return { a: () => dA!, b: () => dB!, initialState: () => dInitialState! };
  },
};
