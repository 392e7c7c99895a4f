import type { GradConfig, Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { inWords, type OptionKinds } from '@unrolled/errors';
import { type FusedOp, KERNEL } from '../kernel-names';
import { layerFacts } from '../layers/layer-facts';
import { isLayer, LAYER_TYPES, type LayerData, type RecurrentLayer } from '../layers/layer-types';
import { check, checkLengths, checkOptions, refuse } from '../refuse';
import { checkTensor, type TensorKind } from './checks';
import { isTapeOn, requireFirstOrder, requireFusedKernel, runKernel, runOp } from './registry';

/** The options that all sequence ops share. */
export interface SequenceOptions {
  /**
   * Number of valid steps of each row, 0 to T. Past them outputs are exactly 0 and the state does not change.
   * Default T for all.
   */
  lengths?: ArrayLike<number> | undefined;
  /**
   * Runs from the last step to the first, each row from its own last valid step. Outputs keep the original
   * order.
   */
  reverse?: boolean | undefined;
}

/** The lengths are checked separately. */
export const SEQUENCE_KINDS: OptionKinds<SequenceOptions> = { lengths: 'value?', reverse: 'boolean?' };

/** The states of a layer by their names in `layerType(layer).states`, each [B, width]. */
export type StateTensors = Readonly<Record<string, Tensor>>;

/** A layer with its tensors. */
export interface StackPart<L extends LayerData = LayerData, S extends StateTensors = StateTensors> {
  readonly layer: L;
  /** Parameters by name, with the shapes of `layerType(layer).parameters`. */
  readonly params: Readonly<Record<string, Tensor | undefined>>;
  /** The states before the first step. */
  readonly state: S;
}

const PART_KINDS: OptionKinds<StackPart> = { layer: 'object', params: 'object', state: 'object' };

/** Throws if a value is not a layer with its tensors. */
export function checkPartKinds(scope: string, part: StackPart): void {
  checkOptions(scope, part, PART_KINDS, true);
  if (isLayer(part.layer)) {
    check.count(scope, 'inputSize of the layer', part.layer.inputSize);
    check.count(scope, 'units of the layer', part.layer.units);
    return;
  }
  const remedy = `set its type to one of ${LAYER_TYPES.join(', ')}`;
  refuse(scope, { expected: 'a layer as data', got: inWords((part.layer as LayerData).type), remedy });
}

/** The attributes of the kernels of one layer over a sequence. */
export interface SequenceAttributes<L extends RecurrentLayer = RecurrentLayer> {
  readonly layer: L;
  readonly lengths: readonly number[] | null;
  readonly reverse: boolean;
  /**
   * Whether a gradient may follow. If so, one more output, `reserve`, has the data for the gradient kernel.
   */
  readonly keep: boolean;
}

/**
 * Adds a layer's parameters and states to a kernel's inputs.
 *
 * @param names the kernel's names for them, in the order of `layerFacts(layer).names`, which are the default
 */
export function addInputs(
  inputs: Record<string, Tensor>,
  { layer, params, state }: StackPart,
  names = layerFacts(layer).names,
): void {
  const { parameters, states } = layerFacts(layer);
  let next = 0;
  for (const [name] of parameters) inputs[names[next++]!] = params[name]!;
  for (const [name] of states) inputs[names[next++]!] = state[name]!;
}

/**
 * The checks are few and cheap, because a step of a tiny model takes only microseconds.
 *
 * @param x the input, or its dtype and shape if a kernel has yet to compute it
 * @returns the lengths as an array, or null if there are none
 * @throws UnrolledError on a shape, dtype or length that does not fit, or an option that the fused kernel
 *   does not support
 */
export function checkPart(
  { layer, params, state }: StackPart,
  x: TensorKind,
  lengths: ArrayLike<number> | undefined,
): readonly number[] | null {
  const { op, isRecurrent, parameters, states, lacking } = layerFacts(layer);
  if (lacking.length > 0) {
    refuse(op, {
      expected: 'options that the fused kernel supports',
      got: lacking.join(', '),
      remedy: 'use the step-by-step path (fused: false)',
    });
  }
  if (x?.dtype === 'int32' && isRecurrent) checkTensor(op, 'x', x, 'int32', [null, null]);
  else checkTensor(op, 'x', x, 'float32', [null, null, layer.inputSize]);
  const [batch, time] = x.shape as [number, number];
  if (batch < 1 || time < 1) {
    refuse(op, {
      expected: 'at least one row and one step',
      got: `x [${x.shape.join(', ')}]`,
      remedy: 'skip empty batches',
    });
  }
  for (const [name, shape] of parameters) checkPresent(op, name, params[name], shape);
  for (const [name, width] of states) checkPresent(op, name, state[name], [batch, width]);
  return checkLengths(op, lengths, batch, time) ?? null;
}

function checkPresent(op: FusedOp, name: string, tensor: Tensor | undefined, shape: readonly number[]): void {
  if (!tensor) {
    const remedy = 'give every parameter and state of the layer by name';
    refuse(op, { expected: `${name} [${shape.join(', ')}]`, got: 'none', remedy });
  }
  checkTensor(op, name, tensor, 'float32', shape);
}

/**
 * A recurrent layer over a whole sequence, in one kernel; its gradient is also one kernel. The equations are
 * in the documentation of `lstmSequence`, `gruSequence` and `simpleRnnSequence`.
 *
 * @param x float32 [B,T,I], or int32 ids [B,T] from 0 to I − 1, each read as a one-hot vector of size I
 * @returns output [B,T,O], and the state after each row's last valid step
 * @throws UnrolledError on a shape or dtype that does not fit, an id out of range, an option that the fused
 *   kernel does not support, or a backend without the kernel
 */
export function recurrentSequence<S extends StateTensors>(
  x: Tensor,
  part: StackPart<RecurrentLayer, S>,
  options: SequenceOptions = {},
): { output: Tensor3D; state: { [Name in keyof S]: Tensor2D } } {
  checkOptions('recurrentSequence', options, SEQUENCE_KINDS);
  const { lengths, reverse = false } = options;
  checkPartKinds('recurrentSequence', part);
  const { layer } = part;
  const { op, states } = layerFacts(layer);
  requireFusedKernel(op);
  requireFirstOrder(op);
  const rows = checkPart(part, x, lengths);
  const keep = isTapeOn();
  const attributes: SequenceAttributes = { layer, lengths: rows, reverse, keep };
  const inputs: Record<string, Tensor> = { x };
  addInputs(inputs, part);
  const outputs = runOp<Tensor[]>(gradientOf(layer), inputs, attributes);
  // The tensors saved on the tape keep the reserve alive.
  if (keep) outputs.pop()!.dispose();
  const state: Record<string, Tensor> = {};
  states.forEach(([name], n) => {
    state[name] = outputs[n + 1]!;
  });
  return { output: outputs[0] as Tensor3D, state: state as { [Name in keyof S]: Tensor2D } };
}

/** One gradient per layer type. */
const gradients = new Map<string, GradConfig>();

function gradientOf(layer: RecurrentLayer): GradConfig {
  const known = gradients.get(layer.type);
  if (known) return known;
  const made = sequenceGradient(layer);
  gradients.set(layer.type, made);
  return made;
}

/**
 * The gradient of a layer type's op. One kernel call does the whole backpropagation through time. It runs in
 * the gradient function's body, because tfjs disposes tensors that a closure computes; only the input's
 * gradient is computed on demand.
 */
function sequenceGradient(first: RecurrentLayer): GradConfig {
  const { op, states } = layerFacts(first);
  const name = KERNEL[op];
  const stateNames = states.map(([key]) => key);
  const saved = ['x', 'kernel', 'recurrentKernel', ...stateNames];
  const kept = [...saved, 'output', 'reserve'];
  const given = ['dOutput', ...stateNames.map((key) => `d.${key}`)];
  return {
    kernelName: name,
    inputsToSave: saved,
    outputsToSave: [true, ...stateNames.map(() => false), true],
    gradFunc: (dys, tensors, attrs) => {
      const attributes = attrs as unknown as SequenceAttributes;
      const inputs: Record<string, Tensor> = {};
      kept.forEach((key, n) => {
        inputs[key] = tensors[n]!;
      });
      given.forEach((key, n) => {
        inputs[key] = (dys as Tensor[])[n]!;
      });
      const gradients = runKernel<Tensor[]>(`${name}Gradient`, inputs, attributes);
      const keys = layerFacts(attributes.layer).names;
      const { x, kernel, reserve } = inputs;
      const dGates = gradients[keys.length];
      const result: Record<string, () => Tensor> = {
        x: () => runKernel<Tensor>(`${name}InputGradient`, { x, kernel, reserve, dGates }, attributes),
      };
      keys.forEach((key, n) => {
        result[key] = () => gradients[n]!;
      });
      return result;
    },
  };
}
