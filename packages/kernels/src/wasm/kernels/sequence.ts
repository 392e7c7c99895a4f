import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { KERNEL } from '../../kernel-names';
import { layerFacts } from '../../layers/layer-facts';
import { layerType, type RecurrentLayer, recurrentTypes } from '../../layers/layer-types';
import type { SequenceAttributes } from '../../ops/recurrent-sequence';
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
import { gateColumns, hasHardGates, reserveWidth, wasmType } from './layer-kinds';

/** Tensors by name, as in src/kernel-names.ts. */
export type Inputs = Record<string, TensorInfo | undefined>;

/** The fields that forward and backward share; x, ids and lengths are put in place. */
function commonArguments(
  backend: UnrolledBackend,
  inputs: Inputs,
  { layer, lengths, reverse }: SequenceAttributes,
  threads: number,
): SequenceArguments {
  const { engine } = backend;
  const { op, gates } = layerType(layer);
  const { inputSize, units } = layer;
  const x = inputs.x!;
  const [batch, time] = x.shape as [number, number];
  const scratchBytes = sequenceScratchBytes(batch, units, threads);
  const fields = sequenceArguments();
  fields.layer = wasmType(layer).code(layer);
  fields.batch = batch;
  fields.time = time;
  fields.inputSize = inputSize;
  fields.units = units;
  fields.reverse = reverse ? 1 : 0;
  fields.hardGates = hasHardGates(layer) ? 1 : 0;
  fields.reserveWidth = reserveWidth(layer);
  if (lengths) fields.lengths = engine.temporaryIntegers(lengths, op);
  if (x.dtype === 'int32') {
    fields.ids = temporaryIds(backend, x, inputSize, op, lengths ? { lengths, time } : undefined);
  } else fields.x = backend.address(x, op);
  fields.kernel = backend.address(inputs.kernel!, op);
  fields.recurrentKernel = backend.address(inputs.recurrentKernel!, op);
  fields.initialH = backend.address(inputs.h!, op);
  if (inputs.c) fields.initialC = backend.address(inputs.c, op);
  fields.packedRecurrent = engine.temporary(
    4 * packedRecurrentFloats(gates.length, units),
    () => `${op}'s packed weights`,
  );
  fields.scratch = engine.temporary(scratchBytes * threads, () => `${op}'s scratch`);
  fields.scratchBytes = scratchBytes;
  return fields;
}

/** Threads for a pass over the whole sequence. */
function threadsFor({ engine }: UnrolledBackend, x: TensorInfo, layer: RecurrentLayer): number {
  const [batch, time] = x.shape as [number, number];
  return engine.threadsFor(batch * time * gateColumns(layer) * (layer.units + layer.inputSize));
}

/** Output, states, and with `keep` the handle of what the gradient wants. */
export function forward(
  backend: UnrolledBackend,
  inputs: Inputs,
  attributes: SequenceAttributes,
): TensorInfo[] {
  const { engine } = backend;
  const { layer, keep } = attributes;
  const { inputSize, units } = layer;
  const { op, outputSize, states } = layerFacts(layer);
  const [batch, time] = inputs.x!.shape as [number, number];
  const columns = gateColumns(layer);
  const threads = threadsFor(backend, inputs.x!, layer);
  const what = () => `${op} with batch ${batch}, ${time} steps and ${units} units`;
  return backend.making((make) => {
    const output = make([batch, time, outputSize], () => `the output of ${what()}`);
    const after = states.map(([, width]) => make([batch, width], what));
    const made: TensorInfo[] = [output, ...after];
    let reserve = 0;
    if (keep) {
      const kept = make([0], 'a handle');
      made.push(kept);
      reserve = engine.allocate(
        batch * time * reserveWidth(layer) * 4,
        () => `the kept activations of ${what()}`,
      );
      backend.keptBy(kept).block = reserve;
    }
    const fields = commonArguments(backend, inputs, attributes, threads);
    fields.bias = backend.address(inputs.bias!, op);
    if (inputs.recurrentBias) fields.recurrentBias = backend.address(inputs.recurrentBias, op);
    if (!fields.ids) {
      fields.packedKernel = engine.temporary(4 * padTo8(columns) * inputSize, () => `${op}'s packed weights`);
    }
    fields.output = output.address;
    const [h, c] = after;
    fields.finalH = h!.address;
    fields.finalC = c?.address ?? 0;
    fields.reserve = reserve;
    engine.arguments(sequenceWords(fields));
    engine.run(JOB.packForward, engine.threadsToPack(columns * (fields.ids ? units : units + inputSize)));
    engine.run(JOB.forward, threads);
    return made;
  });
}

/** The block that the forward pass kept. `take` says that the caller overwrites it. */
function reserveOf(backend: UnrolledBackend, inputs: Inputs, name: string, take: boolean): number {
  const { kept } = backend.resident(inputs.reserve!, '');
  if (!kept || (take && kept.isOverwritten)) {
    refuse(name, {
      expected: 'the gradient to be asked for once, on the backend of the forward pass',
      got: kept ? 'a second-order gradient' : 'another backend',
      remedy: 'use the step-by-step path (fused: false) for it',
    });
  }
  if (take) kept.isOverwritten = true;
  return kept.block;
}

/** The gradients of weights and states; `reserve` is overwritten with the gradients of the pre-activations. */
export function backward(
  backend: UnrolledBackend,
  inputs: Inputs,
  attributes: SequenceAttributes,
): TensorInfo[] {
  const { engine } = backend;
  const { layer } = attributes;
  const { inputSize, units } = layer;
  const { op, parameters, states, names } = layerFacts(layer);
  const [batch, time] = inputs.x!.shape as [number, number];
  const columns = gateColumns(layer);
  const threads = threadsFor(backend, inputs.x!, layer);
  const what = () => `a gradient of ${op} with ${units} units`;
  return backend.making((make) => {
    const made = [
      ...parameters.map(([, shape]) => make(shape, what)),
      ...states.map(([, width]) => make([batch, width], what)),
    ];
    const addressOf = (name: string) => made[names.indexOf(name)]?.address ?? 0;
    const reserve = reserveOf(backend, inputs, op, true);
    const fields = commonArguments(backend, inputs, attributes, threads);
    fields.output = backend.address(inputs.output!, what);
    fields.reserve = reserve;
    fields.dOutput = backend.address(inputs.dOutput!, what);
    fields.dFinalH = backend.address(inputs['d.h']!, what);
    fields.dFinalC = inputs['d.c'] ? backend.address(inputs['d.c'], what) : 0;
    fields.dKernel = addressOf('kernel');
    fields.dRecurrentKernel = addressOf('recurrentKernel');
    fields.dBias = addressOf('bias');
    fields.dRecurrentBias = addressOf('recurrentBias');
    fields.dInitialH = addressOf('h');
    fields.dInitialC = addressOf('c');
    const operands = (fields.ids ? 0 : inputSize) + wasmType(layer).operands(layer) * units;
    const sums = inputSize + units + 2;
    const groups = gradientGroups(batch, batch * time, sums);
    fields.groups = groups;
    fields.partials = engine.temporary(4 * (groups - 1) * sums * columns, what);
    fields.packedOperands = engine.temporary(operandBytes(batch, time, groups, operands), what);
    engine.arguments(sequenceWords(fields));
    engine.run(JOB.packBackward, engine.threadsToPack(columns * units));
    engine.run(JOB.backward, threads);
    engine.run(JOB.packWeightOperands, engine.threadsToPack(batch * time * operands));
    engine.run(JOB.weightGradients, threads);
    if (groups > 1) engine.run(JOB.sumWeightGradients, engine.threadsFor(groups * sums * columns));
    return made;
  });
}

/** The gradient of x, after `backward`. */
export function inputGradient(
  backend: UnrolledBackend,
  inputs: Inputs,
  { layer }: SequenceAttributes,
): TensorInfo {
  const { engine } = backend;
  const { op } = layerType(layer);
  const { units } = layer;
  const x = inputs.x!;
  const [batch, time, inputSize] = x.shape as [number, number, number];
  const columns = gateColumns(layer);
  const threads = engine.threadsFor(batch * time * columns * inputSize);
  return backend.making((make) => {
    const dX = make(x.shape, () => `the input's gradient of ${op}`);
    const fields = sequenceArguments();
    fields.layer = wasmType(layer).code(layer);
    fields.batch = batch;
    fields.time = time;
    fields.inputSize = inputSize;
    fields.units = units;
    fields.reserveWidth = reserveWidth(layer);
    fields.kernel = backend.address(inputs.kernel!, op);
    fields.reserve = reserveOf(backend, inputs, op, false);
    fields.packedKernel = engine.temporary(4 * columns * padTo8(inputSize), () => `${op}'s packed weights`);
    fields.scratch = engine.temporary(EDGE_BYTES * threads, op);
    fields.scratchBytes = EDGE_BYTES;
    fields.dX = dX.address;
    engine.arguments(sequenceWords(fields));
    engine.run(JOB.packInputGradient, engine.threadsToPack(columns * inputSize));
    engine.run(JOB.inputGradient, threads);
    return dX;
  });
}

type Implementation = (
  backend: UnrolledBackend,
  inputs: Inputs,
  attributes: SequenceAttributes,
) => TensorInfo | TensorInfo[];

function config(kernelName: string, implementation: Implementation): KernelConfig {
  return {
    kernelName,
    backendName: 'unrolled',
    kernelFunc: ({ inputs, backend, attrs }) =>
      implementation(backend as UnrolledBackend, inputs as Inputs, attrs as unknown as SequenceAttributes),
  };
}

/** The kernels of the recurrent layers: forward, gradient of weights and states, gradient of the input. */
export function sequenceKernels(): KernelConfig[] {
  return recurrentTypes().flatMap((type) => {
    const name = KERNEL[layerType<RecurrentLayer>({ type }).op];
    return [
      config(name, forward),
      config(`${name}Gradient`, backward),
      config(`${name}InputGradient`, inputGradient),
    ];
  });
}
