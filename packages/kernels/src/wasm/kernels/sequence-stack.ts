/**
 * Recurrent and linear layers one after the other as one kernel, and its gradient as one: the kernels of the single layers, called
 * without tfjs in between. For a small model tfjs's bookkeeping of each op (scopes, the tape, clones of what is saved) takes several
 * times as long as its numbers.
 *
 * What the gradient wants, the inputs among it, is held by `reserve`, so that tfjs need save nothing else.
 */
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { isRecurrent, type LayerData } from '../../layers/layer-types';
import { tensorNames } from '../../ops/recurrent-sequence';
import type { StackAttributes } from '../../ops/sequence-stack';
import { refuse } from '../../refuse';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import { linearForward, linearGradient, linearInputGradient } from './linear';
import { backward, forward, type Inputs, inputGradient } from './sequence';

type SharedAttributes = Omit<StackAttributes, 'layers'>;

/** One layer as it was run. */
interface LayerRun {
  layer: LayerData;
  /** Its own tensors by name, x among them. */
  inputs: Inputs;
  output: TensorInfo;
  states: TensorInfo[];
  /** The recurrent kernels' reserve. */
  reserve: TensorInfo | undefined;
}

/** What the gradient is to know of a forward pass. */
interface StackRecord {
  readonly runs: readonly LayerRun[];
  readonly shared: SharedAttributes;
  /** The gradient of the first layer's output, once that was computed. */
  dFirstOutput?: TensorInfo;
}

/** By the data of the handle that the forward pass keeps. */
const records = new WeakMap<object, StackRecord>();

function runLayer(
  backend: UnrolledBackend,
  layer: LayerData,
  inputs: Inputs,
  shared: SharedAttributes,
): LayerRun {
  if (!isRecurrent(layer)) {
    const output = linearForward(backend, inputs.x!, inputs.kernel!, inputs.bias);
    return { layer, inputs, output, states: [], reserve: undefined };
  }
  const results = forward(backend, inputs, { ...shared, layer });
  const reserve = shared.keep ? results.pop() : undefined;
  const [output, ...states] = results as [TensorInfo, ...TensorInfo[]];
  return { layer, inputs, output, states, reserve };
}

function stackForward(
  backend: UnrolledBackend,
  inputs: Inputs,
  { layers, ...shared }: StackAttributes,
): TensorInfo[] {
  const runs: LayerRun[] = [];
  let x = inputs.x!;
  let handle: TensorInfo | undefined;
  try {
    if (shared.keep) handle = backend.makeResident([0], 'a handle');
    layers.forEach((layer, index) => {
      const own: Inputs = { x };
      for (const name of tensorNames(layer)) own[name] = inputs[`${index}.${name}`];
      const run = runLayer(backend, layer, own, shared);
      runs.push(run);
      x = run.output;
    });
  } catch (error) {
    for (const { output, states, reserve } of runs) dispose(backend, output, ...states, reserve);
    dispose(backend, handle);
    throw error;
  }
  const states = runs.flatMap((run) => run.states);
  const between = runs.slice(0, -1).map(({ output }) => output);
  if (!handle) {
    dispose(backend, ...between);
    return [x, ...states];
  }
  const given = Object.values(inputs).filter((info) => info !== undefined);
  backend.hold(handle, [x, ...given]);
  records.set(handle.dataId, { runs, shared });
  // These are nobody else's.
  const reserves = runs.flatMap(({ reserve }) => (reserve ? [reserve] : []));
  backend.keptBy(handle).tensors.push(...[...between, ...reserves].map(({ dataId }) => dataId));
  return [handle, x, ...states];
}

function dispose(backend: UnrolledBackend, ...infos: (TensorInfo | undefined)[]): void {
  for (const info of infos) if (info) backend.disposeData(info.dataId);
}

function recordOf(backend: UnrolledBackend, reserve: TensorInfo): StackRecord {
  const record = backend.resident(reserve, '').kept && records.get(reserve.dataId);
  if (record) return record;
  refuse('sequenceStack', {
    expected: 'the gradient to be asked for on the backend of the forward pass',
    got: 'another backend',
  });
}

/** Back through all layers; the gradient that reached the first one's output is held for `stackInputGradient`. */
function stackGradient(backend: UnrolledBackend, inputs: Inputs): TensorInfo[] {
  const record = recordOf(backend, inputs.reserve!);
  const { runs, shared } = record;
  const gradients: TensorInfo[][] = [];
  let dOutput = inputs.dOutput!;
  try {
    for (let index = runs.length - 1; index >= 0; index--) {
      const { layer, inputs: own, output, reserve } = runs[index]!;
      if (isRecurrent(layer)) {
        const dStates = { 'd.h': inputs[`${index}.d.h`], 'd.c': inputs[`${index}.d.c`] };
        const all = { ...own, output, reserve, dOutput, ...dStates };
        gradients.unshift(backward(backend, all, { ...shared, layer }));
      } else gradients.unshift(linearGradient(backend, own.x!, dOutput, own.bias !== undefined));
      if (index === 0) break;
      const dX = layerInputGradient(backend, record, index, dOutput);
      if (dOutput !== inputs.dOutput) dispose(backend, dOutput);
      dOutput = dX;
    }
  } catch (error) {
    dispose(backend, ...gradients.flat());
    if (dOutput !== inputs.dOutput) dispose(backend, dOutput);
    throw error;
  }
  if (dOutput === inputs.dOutput) backend.incRef(dOutput.dataId);
  backend.keptBy(inputs.reserve!).tensors.push(dOutput.dataId);
  record.dFirstOutput = dOutput;
  return gradients.flat();
}

function layerInputGradient(
  backend: UnrolledBackend,
  { runs, shared }: StackRecord,
  index: number,
  dOutput: TensorInfo,
): TensorInfo {
  const { layer, inputs, reserve } = runs[index]!;
  const { kernel, x } = inputs;
  if (!isRecurrent(layer)) return linearInputGradient(backend, dOutput, kernel!);
  return inputGradient(backend, { x, kernel, reserve }, { ...shared, layer });
}

function stackInputGradient(backend: UnrolledBackend, inputs: Inputs): TensorInfo {
  const record = recordOf(backend, inputs.reserve!);
  return layerInputGradient(backend, record, 0, record.dFirstOutput!);
}

export const sequenceStackKernels: readonly KernelConfig[] = [
  {
    kernelName: 'SequenceStack',
    backendName: 'unrolled',
    kernelFunc: ({ inputs, backend, attrs }) =>
      stackForward(backend as UnrolledBackend, inputs as Inputs, attrs as unknown as StackAttributes),
  },
  {
    kernelName: 'SequenceStackGradient',
    backendName: 'unrolled',
    kernelFunc: ({ inputs, backend }) => stackGradient(backend as UnrolledBackend, inputs as Inputs),
  },
  {
    kernelName: 'SequenceStackInputGradient',
    backendName: 'unrolled',
    kernelFunc: ({ inputs, backend }) => stackInputGradient(backend as UnrolledBackend, inputs as Inputs),
  },
];
