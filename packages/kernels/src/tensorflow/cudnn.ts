/**
 * The recurrent layers on cuDNN. CudnnRNNV3 computes a whole sequence, CudnnRNNBackpropV3 its gradient. On a
 * GPU the first use is compared with tfjs's ops (docs/decisions/2026-11-27-on-a-gpu.md).
 *
 * cuDNN supports no reset-before GRU, no hard sigmoid, no row of length 0 and no ids; such sequences are
 * computed by matrix products instead. The reserve has cuDNN's own format, [n]. The last output of the
 * gradient is dx itself.
 */
import type { FusedOp } from '../kernel-names';
import { tensorFlowType } from './layer-kinds';
import type { Id, NativeOps } from './native-ops';
import type { Sequence } from './sequence';
import { type CudnnMode, type LayerWeights, packCudnnWeights, unpackCudnnWeights } from './weight-layout';

/**
 * Ids up to this size become one-hot vectors for cuDNN. Larger vocabularies use the lookup of rows and matrix
 * products.
 */
const LARGEST_ONE_HOT = 1024;
/** TensorFlow's number of the dtype int8. */
const INT8 = 6;

/** What failed on cuDNN: an op, or an op with rows of different lengths. */
const failed = new Set<string>();

/** @param withLengths gives up cuDNN only for sequences with lengths */
export function giveUpCudnn(op: FusedOp, withLengths: boolean): void {
  failed.add(withLengths ? `${op} with lengths` : op);
}

export function usesCudnn({ ops, layer, lengths, isIds, inputSize, op }: Sequence): boolean {
  if (!ops.backend.isUsingGpuDevice || failed.has(op)) return false;
  if (lengths && failed.has(`${op} with lengths`)) return false;
  if (!tensorFlowType(layer).cudnnMode(layer)) return false;
  return !lengths?.includes(0) && !(isIds && inputSize > LARGEST_ONE_HOT);
}

function modeOf({ layer }: Sequence): CudnnMode {
  return tensorFlowType(layer).cudnnMode(layer)!;
}

/** The attributes that forward and backward share. */
function attributesOf(sequence: Sequence) {
  const { ops } = sequence;
  return [ops.string('rnn_mode', modeOf(sequence)), ops.boolean('time_major', true)];
}

/** Inputs of the op: input [T,B,I], input_h, input_c [1,B,H], params, sequence_lengths. */
function forwardInputs(sequence: Sequence): Id[] {
  const { ops, batch, time, units, inputSize, lengths, inputs } = sequence;
  const zeros = (size: number) => ops.floats(new Float32Array(size), [size]);
  const width = inputs.recurrentKernel!.shape[1]!;
  const weights: LayerWeights = {
    kernel: sequence.id('kernel'),
    recurrentKernel: sequence.id('recurrentKernel'),
    bias: inputs.bias ? sequence.id('bias') : zeros(width),
    recurrentBias: inputs.recurrentBias ? sequence.id('recurrentBias') : zeros(width),
  };
  return [
    ops.reshape(sequence.vectorRows(), [time, batch, inputSize]),
    ops.reshape(sequence.id('h'), [1, batch, units]),
    inputs.c ? ops.reshape(sequence.id('c'), [1, batch, units]) : ops.scalar(0),
    packCudnnWeights(ops, modeOf(sequence), weights),
    ops.integers(lengths ?? new Array<number>(batch).fill(time)),
  ];
}

/** Returns output, h, for an LSTM c and, if kept, the reserve. */
export function cudnnForward(sequence: Sequence): Id[] {
  const { ops, batch, time, units, inputs, keep } = sequence;
  const training = ops.boolean('is_training', keep);
  const results = ops.many('CudnnRNNV3', forwardInputs(sequence), 5, training, ...attributesOf(sequence));
  const [output, h, c, reserve] = results as [Id, Id, Id, Id];
  const state = (id: Id) => ops.reshape(id, [batch, units]);
  const rows = ops.reshape(output, [time * batch, units]);
  const made = [sequence.fromRows(rows, units), state(h)];
  if (inputs.c) made.push(state(c));
  if (keep) made.push(reserve);
  return made;
}

/** Returns the outputs of the matrix products' gradient, with dx in place of dGates. */
export function cudnnBackward(sequence: Sequence): Id[] {
  const { ops, batch, time, units, inputSize, inputs, isIds } = sequence;
  const state = (name: string) => ops.reshape(sequence.id(name), [1, batch, units]);
  const rows = (name: string) => ops.reshape(sequence.toRows(sequence.id(name), units), [time, batch, units]);
  const hasMemory = inputs.c !== undefined;
  const forward = forwardInputs(sequence);
  const all = [
    ...forward,
    // The op reads only the shapes of the final states: cuDNN's backward calls do not take their values.
    ...[rows('output'), state('h'), hasMemory ? state('c') : ops.scalar(0)],
    ...[rows('dOutput'), state('d.h'), hasMemory ? state('d.c') : ops.scalar(0)],
    ...[sequence.id('reserve'), hostReserved(ops)],
  ];
  const results = ops.many('CudnnRNNBackpropV3', all, 4, ...attributesOf(sequence));
  const [dInput, dH, dC, dParameters] = results as [Id, Id, Id, Id];
  const mode = modeOf(sequence);
  const gradients = unpackCudnnWeights(ops, mode, dParameters, inputSize, units);
  const dState = (id: Id) => ops.reshape(id, [batch, units]);
  const made = [gradients.kernel, gradients.recurrentKernel, gradients.bias];
  if (mode === 'gru') made.push(gradients.recurrentBias);
  made.push(dState(dH));
  if (hasMemory) made.push(dState(dC));
  if (isIds) return made;
  const dRows = ops.reshape(dInput, [time * batch, inputSize]);
  return [...made, sequence.fromRows(dRows, inputSize)];
}

/** The forward op's last output. Version 3 leaves it empty and does not read it. */
function hostReserved(ops: NativeOps): Id {
  const { TF_FLOAT } = ops.backend.binding;
  const attributes = [ops.type('SrcT', TF_FLOAT), ops.type('DstT', INT8), ops.boolean('Truncate', false)];
  return ops.run('Cast', [ops.scalar(0)], 1, attributes)[0]!;
}
