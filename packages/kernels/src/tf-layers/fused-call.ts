/**
 * The replacement of a recurrent layer's `call`. It does the work of `RNN.call` of tfjs-layers and of its
 * step loop `rnn()` in one op.
 */
import {
  add,
  cast,
  expandDims,
  mul,
  reverse,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tensor3d,
  tidy,
  util,
  zeros,
} from '@tensorflow/tfjs-core';
import { lackingOf, runFused, type Sequence, type SequenceResult, tellLacking } from './fused-class';
import type { Call, CallArguments, RnnLayer } from './rnn-layer';

/** A layer's new `call`: runs the fused op if its results are the same, else `original`. */
export function fusedCall(layer: RnnLayer, original: Call): Call {
  return (inputs, kwargs) =>
    tidy(() => {
      const sequence = sequenceOf(layer, inputs, kwargs ?? {});
      if (!Array.isArray(sequence)) return run(layer, sequence, kwargs?.training);
      tellLacking(layer, sequence);
      return original.call(layer, inputs, kwargs);
    });
}

/**
 * @returns the sequence, or the feature without a fused kernel; in that case tfjs's own code runs and reports
 *   its own errors
 */
function sequenceOf(
  layer: RnnLayer,
  inputs: Tensor | Tensor[],
  { mask, training, initialState }: CallArguments,
): Sequence | string[] {
  const [x, ...more] = Array.isArray(inputs) ? inputs : [inputs];
  if (x?.rank !== 3 || x.size === 0 || more.length > 0) return ['an input that is not one tensor [B, T, I]'];
  const lacking = lackingOf(layer, training === true);
  const [batch, time] = x.shape as [number, number];
  const shapes = [layer.cell.stateSize].flat().map((units): [number, number] => [batch, units]);
  const given = initialState ?? (layer.stateful ? layer.states_ : null);
  const initial = given ?? shapes.map((shape) => zeros(shape));
  if (!haveShapes(initial, shapes)) lacking.push('an initial state that is not float32 [B, units]');
  const lengths = mask ? prefixLengths(mask, batch, time) : undefined;
  if (mask && !lengths) lacking.push('a mask that is not true up to a step of each row and false after it');
  if (lacking.length > 0) return lacking;
  return { x: cast(x, 'float32') as Tensor3D, initial: initial as Tensor2D[], lengths };
}

function haveShapes(tensors: readonly Tensor[], shapes: readonly number[][]): boolean {
  return (
    tensors.length === shapes.length &&
    tensors.every(({ dtype, shape }, i) => dtype === 'float32' && util.arraysEqual(shape, shapes[i]!))
  );
}

/**
 * The number of steps of each row before its first masked step; undefined if a later step is unmasked. The
 * mask is [B,T] or [B,T,1].
 */
function prefixLengths(mask: Tensor, batch: number, time: number): number[] | undefined {
  if (mask.shape[0] !== batch || mask.shape[1] !== time || mask.size !== batch * time) return undefined;
  const values = mask.dataSync();
  const lengths: number[] = [];
  for (let row = 0; row < values.length; row += time) {
    const steps = values.subarray(row, row + time);
    const masked = steps.indexOf(0);
    const length = masked < 0 ? time : masked;
    if (steps.subarray(length).some((value) => value !== 0)) return undefined;
    lengths.push(length);
  }
  return lengths;
}

function run(layer: RnnLayer, sequence: Sequence, training: CallArguments['training']) {
  const result = runFused(layer, sequence);
  const states = [...result.states];
  if (layer.stateful) layer.resetStates(states, training);
  const output = layer.returnSequences ? outputsOf(layer, sequence, result) : states[0]!;
  return layer.returnState ? [output, ...states] : output;
}

/**
 * The outputs as tfjs's loop returns them. At a masked step tfjs repeats the row's state, where the op has
 * zeros. A layer that goes backwards keeps the outputs in the order of its steps.
 */
function outputsOf(layer: RnnLayer, { initial, lengths }: Sequence, { output, states }: SequenceResult) {
  // In a layer that goes backwards, a row's masked steps come first.
  const repeated = expandDims(layer.goBackwards ? initial[0]! : states[0], 1); // [B,1,H]
  const outputs = lengths ? add(output, mul(pastLengths(lengths, output.shape[1]), repeated)) : output;
  return layer.goBackwards ? reverse(outputs, 1) : outputs;
}

/** `[B,T,1]`: 1 from each row's length on, 0 before. */
function pastLengths(lengths: readonly number[], time: number): Tensor3D {
  const values = lengths.flatMap((length) => Array.from({ length: time }, (_, t) => (t < length ? 0 : 1)));
  return tensor3d(values, [lengths.length, time, 1]);
}
