/**
 * Recurrent and linear layers in sequence as one kernel, and their gradient as another. They call the kernels
 * of the single layers without going through tfjs. For a small model tfjs's bookkeeping of each op (scopes,
 * the tape, clones of saved tensors) takes several times as long as the computation.
 *
 * The handle `reserve` keeps the inputs of the gradient, so tfjs need not save anything else.
 */
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { layerFacts, stackedNames } from '../../layers/layer-facts';
import { isRecurrent, type LayerData } from '../../layers/layer-types';
import type { SequenceAttributes } from '../../ops/recurrent-sequence';
import type { StackAttributes } from '../../ops/sequence-stack';
import { refuse } from '../../refuse';
import type { LayerRun, StackRecord } from '../backend/kept';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import { type Inputs, kernel } from './kernel';
import { linearForward, linearGradient, linearInputGradient } from './linear';
import { backward, forward, inputGradient } from './sequence';

function runLayer(
  backend: UnrolledBackend,
  layer: LayerData,
  inputs: Inputs,
  shared: StackAttributes,
): LayerRun {
  if (!isRecurrent(layer)) {
    const output = linearForward(backend, inputs);
    return { attributes: undefined, inputs, output, states: [], reserve: undefined };
  }
  const { lengths, reverse, keep } = shared;
  const attributes: SequenceAttributes = { layer, lengths, reverse, keep };
  const results = forward(backend, inputs, attributes);
  const reserve = keep ? results.pop() : undefined;
  const [output, ...states] = results as [TensorInfo, ...TensorInfo[]];
  return { attributes, inputs, output, states, reserve };
}

function stackForward(backend: UnrolledBackend, inputs: Inputs, attributes: StackAttributes): TensorInfo[] {
  const runs: LayerRun[] = [];
  let x = inputs.x!;
  let handle: TensorInfo | undefined;
  try {
    if (attributes.keep) handle = backend.makeResident([0], 'a handle');
    attributes.layers.forEach((layer, index) => {
      const own: Inputs = { x };
      const { tensors } = stackedNames(layer, index);
      layerFacts(layer).names.forEach((name, n) => {
        own[name] = inputs[tensors[n]!];
      });
      const run = runLayer(backend, layer, own, attributes);
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
  const kept = backend.hold(handle, [x, ...given]);
  kept.stack = { runs, dFirstOutput: undefined };
  // No other code holds these tensors.
  for (const { dataId } of between) kept.tensors.push(dataId);
  for (const { reserve } of runs) if (reserve) kept.tensors.push(reserve.dataId);
  return [handle, x, ...states];
}

function dispose(backend: UnrolledBackend, ...infos: (TensorInfo | undefined)[]): void {
  for (const info of infos) if (info) backend.disposeData(info.dataId);
}

function recordOf(backend: UnrolledBackend, reserve: TensorInfo): StackRecord {
  const { stack } = backend.keptBy(reserve);
  if (stack) return stack;
  refuse('sequenceStack', {
    expected: 'the gradient on the backend of the forward pass',
    got: 'another backend',
    remedy: 'take the gradient before the backend changes',
  });
}

/** The gradient of all layers. The gradient of the first layer's output is kept for `stackInputGradient`. */
function stackGradient(backend: UnrolledBackend, inputs: Inputs): TensorInfo[] {
  const record = recordOf(backend, inputs.reserve!);
  const { runs } = record;
  const gradients: TensorInfo[][] = [];
  let dOutput = inputs.dOutput!;
  try {
    for (let index = runs.length - 1; index >= 0; index--) {
      const run = runs[index]!;
      const { attributes, inputs: own, output, reserve } = run;
      if (attributes) {
        const [dH, dC] = stackedNames(attributes.layer, index).stateGradients;
        const results = {
          output,
          reserve,
          dOutput,
          'd.h': inputs[dH!],
          'd.c': dC === undefined ? undefined : inputs[dC],
        };
        gradients.unshift(backward(backend, own, attributes, results));
      } else gradients.unshift(linearGradient(backend, own.x!, dOutput, own.bias !== undefined));
      if (index === 0) break;
      const dX = layerInputGradient(backend, run, dOutput);
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

function layerInputGradient(backend: UnrolledBackend, run: LayerRun, dOutput: TensorInfo): TensorInfo {
  const { attributes, reserve } = run;
  const { x, kernel: weights } = run.inputs;
  if (!attributes) return linearInputGradient(backend, { dOutput, kernel: weights });
  return inputGradient(backend, { x, kernel: weights, reserve }, attributes);
}

function stackInputGradient(backend: UnrolledBackend, inputs: Inputs): TensorInfo {
  const { runs, dFirstOutput } = recordOf(backend, inputs.reserve!);
  return layerInputGradient(backend, runs[0]!, dFirstOutput!);
}

/** The kernels of `sequenceStack`. */
export function sequenceStackKernels(): KernelConfig[] {
  return [
    kernel('SequenceStack', stackForward),
    kernel('SequenceStackGradient', stackGradient),
    kernel('SequenceStackInputGradient', stackInputGradient),
  ];
}
