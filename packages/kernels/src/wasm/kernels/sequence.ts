import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { refuse } from '../../refuse';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import { JOB } from '../engine/jobs';
import {
  EDGE_BYTES,
  gradientGroups,
  operandBytes,
  packedRecurrentFloats,
  padTo8,
  type SequenceArguments,
  sequenceArguments,
  sequenceScratchBytes,
  sequenceWords,
} from '../engine/sequence-arguments';
import { temporaryIds } from './ids';

/** What distinguishes one recurrent layer from another here. `code` is that of assembly/sequence.ts. */
interface LayerKind {
  name: 'lstmSequence' | 'gruSequence' | 'simpleRnnSequence';
  code: number;
  gates: number;
  /** Reserve floats per (b, t), in multiples of the units. */
  reserveGates: number;
  hasMemory: boolean;
  hasRecurrentBias: boolean;
}

/** The attributes of the recurrent kernels. */
export interface SequenceAttributes {
  lengths: readonly number[] | null;
  reverse: boolean;
  keep: boolean;
  variant?: 'reset-after' | 'reset-before';
  activation?: 'tanh' | 'relu';
  recurrentActivation?: 'sigmoid' | 'hard-sigmoid';
}

/** Tensors by name, as in src/kernel-names.ts. */
export type Inputs = Record<string, TensorInfo | undefined>;
export type RecurrentLayer = 'lstm' | 'gru' | 'simpleRnn';

const LSTM: LayerKind = {
  name: 'lstmSequence',
  code: 0,
  gates: 4,
  reserveGates: 6,
  hasMemory: true,
  hasRecurrentBias: false,
};
const GRU_AFTER: LayerKind = {
  name: 'gruSequence',
  code: 1,
  gates: 3,
  reserveGates: 5,
  hasMemory: false,
  hasRecurrentBias: true,
};
const GRU_BEFORE: LayerKind = { ...GRU_AFTER, code: 2, hasRecurrentBias: false };
const RNN_TANH: LayerKind = {
  name: 'simpleRnnSequence',
  code: 3,
  gates: 1,
  reserveGates: 1,
  hasMemory: false,
  hasRecurrentBias: false,
};
const RNN_RELU: LayerKind = { ...RNN_TANH, code: 4 };

/** Reserve floats per (b, t): whole vectors. */
function reserveWidth(kind: LayerKind, units: number): number {
  return Math.ceil((kind.reserveGates * units) / 4) * 4;
}

function kindOf(layer: RecurrentLayer, attributes: SequenceAttributes): LayerKind {
  if (layer === 'lstm') return LSTM;
  if (layer === 'gru') return attributes.variant === 'reset-after' ? GRU_AFTER : GRU_BEFORE;
  return attributes.activation === 'relu' ? RNN_RELU : RNN_TANH;
}

interface Sizes {
  batch: number;
  time: number;
  inputSize: number;
  units: number;
}

function sizesOf(inputs: Inputs): Sizes {
  const [batch, time] = inputs.x!.shape as [number, number];
  return { batch, time, inputSize: inputs.kernel!.shape[0]!, units: inputs.recurrentKernel!.shape[0]! };
}

/** The fields that forward and backward share; x, ids and lengths are put in place. */
function commonArguments(
  backend: UnrolledBackend,
  kind: LayerKind,
  inputs: Inputs,
  attributes: SequenceAttributes,
  sizes: Sizes,
  threads: number,
): SequenceArguments {
  const { batch, time, inputSize, units } = sizes;
  const { engine } = backend;
  const scratchBytes = sequenceScratchBytes(batch, units, threads);
  const { lengths } = attributes;
  const x = inputs.x!;
  const fields = sequenceArguments();
  fields.layer = kind.code;
  fields.batch = batch;
  fields.time = time;
  fields.inputSize = inputSize;
  fields.units = units;
  fields.reverse = attributes.reverse ? 1 : 0;
  fields.hardGates = attributes.recurrentActivation === 'hard-sigmoid' ? 1 : 0;
  fields.reserveWidth = reserveWidth(kind, units);
  if (lengths) fields.lengths = engine.temporaryIntegers(lengths, kind.name);
  if (x.dtype === 'int32') {
    const rows = lengths ? { lengths, time } : undefined;
    fields.ids = temporaryIds(backend, x, inputSize, kind.name, rows);
  } else fields.x = backend.address(x, kind.name);
  fields.kernel = backend.address(inputs.kernel!, kind.name);
  fields.recurrentKernel = backend.address(inputs.recurrentKernel!, kind.name);
  fields.initialH = backend.address(inputs.initialH!, kind.name);
  if (kind.hasMemory) fields.initialC = backend.address(inputs.initialC!, kind.name);
  fields.packedRecurrent = engine.temporary(
    4 * packedRecurrentFloats(kind.gates, units),
    () => `${kind.name}'s packed weights`,
  );
  fields.scratch = engine.temporary(scratchBytes * threads, () => `${kind.name}'s scratch`);
  fields.scratchBytes = scratchBytes;
  return fields;
}

function workOf(kind: LayerKind, sizes: Sizes): number {
  return sizes.batch * sizes.time * kind.gates * sizes.units * (sizes.units + sizes.inputSize);
}

function zeros(backend: UnrolledBackend, floats: number, what: string): number {
  const address = backend.engine.temporary(floats * 4, what);
  backend.engine.float32.fill(0, address / 4, address / 4 + floats);
  return address;
}

/** Output, states, and with `keep` the handle of what the gradient wants. */
export function forward(
  layer: RecurrentLayer,
  backend: UnrolledBackend,
  inputs: Inputs,
  attributes: SequenceAttributes,
): TensorInfo[] {
  const { engine } = backend;
  const kind = kindOf(layer, attributes);
  const sizes = sizesOf(inputs);
  const { batch, time, inputSize, units } = sizes;
  const threads = engine.threadsFor(workOf(kind, sizes));
  const what = () => `${kind.name} with batch ${batch}, ${time} steps and ${units} units`;
  return backend.making((make) => {
    const output = make([batch, time, units], () => `the output of ${what()}`);
    const h = make([batch, units], what);
    const c = kind.hasMemory ? make([batch, units], what) : undefined;
    const made: TensorInfo[] = c ? [output, h, c] : [output, h];
    let reserve = 0;
    if (attributes.keep) {
      const kept = make([0], 'a handle');
      made.push(kept);
      reserve = engine.allocate(
        batch * time * reserveWidth(kind, units) * 4,
        () => `the kept activations of ${what()}`,
      );
      backend.resident(kept, '').attachment = reserve;
    }
    const recurrentBias = inputs.recurrentBias;
    const fields = commonArguments(backend, kind, inputs, attributes, sizes, threads);
    fields.bias = backend.address(inputs.bias!, kind.name);
    if (kind.hasRecurrentBias) {
      fields.recurrentBias = recurrentBias
        ? backend.address(recurrentBias, kind.name)
        : zeros(backend, 3 * units, kind.name);
    }
    if (!fields.ids) {
      fields.packedKernel = engine.temporary(
        4 * padTo8(kind.gates * units) * inputSize,
        () => `${kind.name}'s packed weights`,
      );
    }
    fields.output = output.address;
    fields.finalH = h.address;
    fields.finalC = c ? c.address : 0;
    fields.reserve = reserve;
    engine.arguments(sequenceWords(fields));
    engine.run(
      JOB.packForward,
      engine.threadsToPack(kind.gates * units * (fields.ids ? units : units + inputSize)),
    );
    engine.run(JOB.forward, threads);
    return made;
  });
}

/** The block that the forward pass kept. `take` says that the caller overwrites it. */
function reserveOf(backend: UnrolledBackend, inputs: Inputs, name: string, take: boolean): number {
  const handle = backend.resident(inputs.reserve!, '');
  if (handle.attachment === undefined || (take && handle.consumed)) {
    refuse(name, {
      expected: 'the gradient to be asked for once, on the backend of the forward pass',
      got: handle.consumed ? 'a second-order gradient' : 'another backend',
      remedy: 'use the step-by-step path (fused: false) for it',
    });
  }
  if (take) handle.consumed = true;
  return handle.attachment;
}

/** The gradients of weights and states; `reserve` is overwritten with the gradients of the pre-activations. */
export function backward(
  layer: RecurrentLayer,
  backend: UnrolledBackend,
  inputs: Inputs,
  attributes: SequenceAttributes,
): TensorInfo[] {
  const { engine } = backend;
  const kind = kindOf(layer, attributes);
  const sizes = sizesOf(inputs);
  const { batch, time, inputSize, units } = sizes;
  const threads = engine.threadsFor(workOf(kind, sizes));
  const width = kind.gates * units;
  const what = () => `a gradient of ${kind.name} with ${units} units`;
  return backend.making((make) => {
    const dKernel = make([inputSize, width], what);
    const dRecurrentKernel = make([units, width], what);
    const dBias = make([width], what);
    const dRecurrentBias = kind.hasRecurrentBias ? make([width], what) : undefined;
    const dInitialH = make([batch, units], what);
    const dInitialC = kind.hasMemory ? make([batch, units], what) : undefined;
    const reserve = reserveOf(backend, inputs, kind.name, true);
    const fields = commonArguments(backend, kind, inputs, attributes, sizes, threads);
    fields.output = backend.address(inputs.output!, what);
    fields.reserve = reserve;
    fields.dOutput = backend.address(inputs.dOutput!, what);
    fields.dFinalH = backend.address(inputs.dH!, what);
    fields.dFinalC = kind.hasMemory ? backend.address(inputs.dC!, what) : 0;
    fields.dKernel = dKernel.address;
    fields.dRecurrentKernel = dRecurrentKernel.address;
    fields.dBias = dBias.address;
    fields.dRecurrentBias = dRecurrentBias?.address ?? 0;
    fields.dInitialH = dInitialH.address;
    fields.dInitialC = dInitialC?.address ?? 0;
    const operands = (fields.ids ? 0 : inputSize) + (kind === GRU_BEFORE ? 2 * units : units);
    const sums = inputSize + units + 2;
    const groups = gradientGroups(batch, batch * time, sums);
    fields.groups = groups;
    fields.partials = engine.temporary(4 * (groups - 1) * sums * width, what);
    fields.packedOperands = engine.temporary(operandBytes(batch, time, groups, operands), what);
    engine.arguments(sequenceWords(fields));
    engine.run(JOB.packBackward, engine.threadsToPack(kind.gates * units * units));
    engine.run(JOB.backward, threads);
    engine.run(JOB.packWeightOperands, engine.threadsToPack(batch * time * operands));
    engine.run(JOB.weightGradients, threads);
    if (groups > 1) engine.run(JOB.sumWeightGradients, engine.threadsFor(groups * sums * width));
    return [dKernel, dRecurrentKernel, dBias, dRecurrentBias, dInitialH, dInitialC].filter(
      (info) => info !== undefined,
    );
  });
}

/** The gradient of x, after `backward`. */
export function inputGradient(
  layer: RecurrentLayer,
  backend: UnrolledBackend,
  inputs: Inputs,
  attributes: SequenceAttributes,
): TensorInfo {
  const { engine } = backend;
  const kind = kindOf(layer, attributes);
  const x = inputs.x!;
  const [batch, time, inputSize] = x.shape as [number, number, number];
  const units = inputs.kernel!.shape[1]! / kind.gates;
  const threads = engine.threadsFor(batch * time * kind.gates * units * inputSize);
  return backend.making((make) => {
    const dX = make(x.shape, () => `the input's gradient of ${kind.name}`);
    const packed = 4 * kind.gates * units * padTo8(inputSize);
    const fields = sequenceArguments();
    fields.layer = kind.code;
    fields.batch = batch;
    fields.time = time;
    fields.inputSize = inputSize;
    fields.units = units;
    fields.reserveWidth = reserveWidth(kind, units);
    fields.kernel = backend.address(inputs.kernel!, kind.name);
    fields.reserve = reserveOf(backend, inputs, kind.name, false);
    fields.packedKernel = engine.temporary(packed, () => `${kind.name}'s packed weights`);
    fields.scratch = engine.temporary(EDGE_BYTES * threads, kind.name);
    fields.scratchBytes = EDGE_BYTES;
    fields.dX = dX.address;
    engine.arguments(sequenceWords(fields));
    engine.run(JOB.packInputGradient, engine.threadsToPack(kind.gates * units * inputSize));
    engine.run(JOB.inputGradient, threads);
    return dX;
  });
}

type Implementation<R> = (
  layer: RecurrentLayer,
  backend: UnrolledBackend,
  inputs: Inputs,
  attributes: SequenceAttributes,
) => R;

function config<R extends TensorInfo | TensorInfo[]>(
  kernelName: string,
  layer: RecurrentLayer,
  implementation: Implementation<R>,
): KernelConfig {
  return {
    kernelName,
    backendName: 'unrolled',
    kernelFunc: ({ inputs, backend, attrs }) =>
      implementation(
        layer,
        backend as UnrolledBackend,
        inputs as Inputs,
        attrs as unknown as SequenceAttributes,
      ),
  };
}

/** The kernels of the recurrent layers: forward, gradient of weights and states, gradient of the input. */
export const sequenceKernels: readonly KernelConfig[] = [
  config('LstmSequence', 'lstm', forward),
  config('LstmSequenceGradient', 'lstm', backward),
  config('LstmSequenceInputGradient', 'lstm', inputGradient),
  config('GruSequence', 'gru', forward),
  config('GruSequenceGradient', 'gru', backward),
  config('GruSequenceInputGradient', 'gru', inputGradient),
  config('SimpleRnnSequence', 'simpleRnn', forward),
  config('SimpleRnnSequenceGradient', 'simpleRnn', backward),
  config('SimpleRnnSequenceInputGradient', 'simpleRnn', inputGradient),
];
