/**
 * Recurrent and linear layers one after the other as one kernel, and its gradient as one: the kernels of the single layers, called
 * without tfjs in between. For a small model tfjs's bookkeeping of each op (scopes, the tape, clones of what is saved) takes several
 * times as long as its numbers.
 *
 * What the gradient wants, the inputs among it, is held by `reserve`, so that tfjs need save nothing else.
 */
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { type StackAttributes, type StackPartKind, tensorNames } from '../../ops/sequence-stack';
import { refuse } from '../../refuse';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import { linearForward, linearGradient, linearInputGradient } from './linear';
import { backward, forward, type Inputs, inputGradient, type SequenceAttributes } from './sequence';

/** One part as it was run. */
interface PartRun {
  kind: StackPartKind;
  attributes: SequenceAttributes;
  /** Its own tensors by name, x among them. */
  inputs: Inputs;
  output: TensorInfo;
  /** The recurrent kernels' reserve. */
  reserve: TensorInfo | undefined;
}

function ownInputs(inputs: Inputs, index: number, kind: StackPartKind, x: TensorInfo): Inputs {
  const own: Inputs = { x };
  for (const name of tensorNames(kind)) own[name] = inputs[`${index}.${name}`];
  return own;
}

function runPart(
  backend: UnrolledBackend,
  kind: StackPartKind,
  inputs: Inputs,
  attributes: SequenceAttributes,
): { output: TensorInfo; states: TensorInfo[]; reserve: TensorInfo | undefined } {
  if (kind.type === 'linear') {
    const output = linearForward(backend, inputs.x!, inputs.kernel!, inputs.bias);
    return { output, states: [], reserve: undefined };
  }
  const results = forward(kind.type, backend, inputs, attributes);
  const reserve = attributes.keep ? results.pop() : undefined;
  const [output, ...states] = results as [TensorInfo, ...TensorInfo[]];
  return { output, states, reserve };
}

function stackForward(
  backend: UnrolledBackend,
  inputs: Inputs,
  { parts, ...shared }: StackAttributes,
): TensorInfo[] {
  const runs: PartRun[] = [];
  const states: TensorInfo[] = [];
  let x = inputs.x!;
  let handle: TensorInfo | undefined;
  try {
    if (shared.keep) handle = backend.makeResident([0], 'a handle');
    parts.forEach((kind, index) => {
      const attributes: SequenceAttributes = { ...shared, ...kind };
      const own = ownInputs(inputs, index, kind, x);
      const { output, states: after, reserve } = runPart(backend, kind, own, attributes);
      runs.push({ kind, attributes, inputs: own, output, reserve });
      states.push(...after);
      x = output;
    });
  } catch (error) {
    for (const { output, reserve } of runs) for (const info of [output, reserve]) dispose(backend, info);
    for (const info of [...states, handle]) dispose(backend, info);
    throw error;
  }
  const between = runs.slice(0, -1).map(({ output }) => output);
  if (!handle) {
    for (const output of between) dispose(backend, output);
    return [x, ...states];
  }
  const given = Object.values(inputs).filter((info) => info !== undefined);
  backend.hold(handle, [x, ...given], runs);
  // These are nobody else's.
  const reserves = runs.flatMap(({ reserve }) => (reserve ? [reserve] : []));
  for (const { dataId } of [...between, ...reserves]) backend.resident(handle, '').held!.push(dataId);
  return [handle, x, ...states];
}

function dispose(backend: UnrolledBackend, info: TensorInfo | undefined): void {
  if (info) backend.disposeData(info.dataId);
}

function runsOf(backend: UnrolledBackend, reserve: TensorInfo): PartRun[] {
  const { record } = backend.resident(reserve, '');
  if (record) return record as PartRun[];
  refuse('sequenceStack', {
    expected: 'the gradient to be asked for on the backend of the forward pass',
    got: 'another backend',
  });
}

/** Back through all parts; the gradient that reached the first part's output is held for `stackInputGradient`. */
function stackGradient(backend: UnrolledBackend, inputs: Inputs): TensorInfo[] {
  const runs = runsOf(backend, inputs.reserve!);
  const gradients: TensorInfo[][] = [];
  let dOutput = inputs.dOutput!;
  try {
    for (let index = runs.length - 1; index >= 0; index--) {
      const run = runs[index]!;
      const own = run.inputs;
      if (run.kind.type === 'linear') {
        gradients.unshift(linearGradient(backend, own.x!, dOutput, own.bias !== undefined));
      } else {
        const states = { dH: inputs[`${index}.h`], dC: inputs[`${index}.c`] };
        const all = { ...own, output: run.output, reserve: run.reserve, dOutput, ...states };
        gradients.unshift(backward(run.kind.type, backend, all, run.attributes));
      }
      if (index === 0) break;
      const dX = partInputGradient(backend, run, dOutput);
      if (dOutput !== inputs.dOutput) dispose(backend, dOutput);
      dOutput = dX;
    }
  } catch (error) {
    for (const info of gradients.flat()) dispose(backend, info);
    if (dOutput !== inputs.dOutput) dispose(backend, dOutput);
    throw error;
  }
  if (dOutput === inputs.dOutput) backend.incRef(dOutput.dataId);
  backend.resident(inputs.reserve!, '').held!.push(dOutput.dataId);
  runs[0]!.inputs.dOutput = dOutput;
  return gradients.flat();
}

function partInputGradient(backend: UnrolledBackend, run: PartRun, dOutput: TensorInfo): TensorInfo {
  const { kernel, x } = run.inputs;
  if (run.kind.type === 'linear') return linearInputGradient(backend, dOutput, kernel!);
  return inputGradient(run.kind.type, backend, { x, kernel, reserve: run.reserve }, run.attributes);
}

function stackInputGradient(backend: UnrolledBackend, inputs: Inputs): TensorInfo {
  const [first] = runsOf(backend, inputs.reserve!);
  return partInputGradient(backend, first!, first!.inputs.dOutput!);
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
