/** The layers of a model as stages of a plan. */
import { layerFacts } from '../../layers/layer-facts';
import {
  isMinimal,
  isRecurrent,
  type LayerData,
  type MinimalLayer,
  type RecurrentLayer,
} from '../../layers/layer-types';
import type { LinearLayer } from '../../layers/linear';
import type { RecurrenceAttributes } from '../../ops/linear-recurrence';
import type { SequenceAttributes } from '../../ops/recurrent-sequence';
import { lookup, lookupGradient } from '../kernels/embedding';
import type { Resident } from '../kernels/host';
import { linearForward, linearGradient, linearInputGradient } from '../kernels/linear';
import { recurrenceForward, recurrenceGradient } from '../kernels/linear-recurrence';
import { backward, forward, inputGradient } from '../kernels/sequence';
import { activationStage } from './activations';
import { zeroPast } from './copies';
import { inOrder, letGo, made, maskStage } from './flow';
import type { Pass, Stage } from './pass';
import type { PartPath } from './plan-model';

/** Means that a step will give lengths. */
const SOME_LENGTHS: readonly number[] = [];

export function layerStage(pass: Pass, layer: LayerData, path: PartPath): Stage {
  if (isRecurrent(layer)) return recurrentStage(pass, layer, path);
  if (isMinimal(layer)) return minimalStage(pass, layer, path);
  if (layer.type === 'linear') return linearStage(pass, layer, path);
  return embeddingStage(pass, path.params, [layer.inputSize, layer.units]);
}

function recurrentStage(pass: Pass, layer: RecurrentLayer, path: PartPath): Stage {
  const { host, hasLengths, training } = pass;
  const { parameters, states } = layerFacts(layer);
  const attributes: SequenceAttributes = {
    layer,
    lengths: hasLengths ? SOME_LENGTHS : null,
    reverse: pass.reverse,
    keep: training,
  };
  const inputs: Record<string, Resident> = {};
  const results: Record<string, Resident> = {};
  return {
    forward({ tensor: x }) {
      inputs.x = x;
      for (const [name, shape] of parameters) inputs[name] = pass.parameter(path.params + name, shape);
      for (const [name, width] of states) inputs[name] = pass.state(path.state + name, width);
      const outputs = forward(host, inputs, attributes) as Resident[];
      results.output = outputs[0]!;
      states.forEach(([name], n) => {
        pass.keepState(path.state + name, outputs[n + 1]!);
      });
      if (training) results.reserve = outputs.at(-1)!;
      return made(results.output);
    },
    backward(dOutput, wantsInput) {
      for (const [name, width] of states)
        results[`d.${name}`] = finalGradient(pass, path.state + name, width);
      const gradients = backward(host, inputs, attributes, { ...results, dOutput }) as Resident[];
      parameters.forEach(([name], n) => {
        pass.gradient(path.params + name, gradients[n]!);
      });
      states.forEach(([name], n) => {
        pass.initialGradient(path.state + name, gradients[parameters.length + n]!);
      });
      const { x, kernel } = inputs;
      const dX = wantsInput
        ? (inputGradient(host, { x, kernel, reserve: results.reserve }, attributes) as Resident)
        : undefined;
      host.release(results.reserve, results.output);
      return dX;
    },
  };
}

/** The gradient of a final state; zeros if nothing depends on the state. */
function finalGradient({ host, batch, finalGradient: given }: Pass, path: string, width: number): Resident {
  return given(path) ?? host.tensor([batch, width], host.zeros(batch * width));
}

/** y = activation(x·W + b) at every step, and 0 past a row's length. */
function linearStage(pass: Pass, layer: LinearLayer, { params: path }: PartPath): Stage {
  const { inputSize, units, useBias, activation = 'linear' } = layer;
  const product = productStage(pass, inputSize, units, useBias !== false, path);
  const activate = activationStage(pass, activation);
  return maskedStage(pass, activate ? inOrder(pass, [product, activate]) : product);
}

/** A stage for whole rows, with its input and output set to 0 past their lengths. */
export function maskedStage(pass: Pass, inner: Stage): Stage {
  const { host } = pass;
  const masked = maskStage(pass);
  let output: Resident;
  return {
    forward(input) {
      const x = masked.forward(input);
      output = inner.forward(x).tensor;
      letGo(pass, x, input);
      zeroPast(pass, output);
      return made(output);
    },
    backward(dOutput, wantsInput) {
      zeroPast(pass, dOutput);
      const dX = inner.backward(dOutput, wantsInput);
      host.release(output);
      masked.backward(dOutput, false);
      if (dX) zeroPast(pass, dX);
      return dX;
    },
  };
}

/** The matrix product alone. The caller frees its output. */
export function productStage(
  pass: Pass,
  inputSize: number,
  columns: number,
  hasBias: boolean,
  path: string,
  of: KernelSource = parameterKernel(pass, `${path}kernel`, [inputSize, columns]),
): Stage {
  const { host } = pass;
  const bias = hasBias ? pass.parameter(`${path}bias`, [columns]) : undefined;
  let x: Resident;
  let kernel: Resident;
  return {
    forward(input) {
      x = input.tensor;
      kernel = of.kernel();
      return made(linearForward(host, { x, kernel, bias }) as Resident, false);
    },
    backward(dOutput, wantsInput) {
      const [dKernel, dBias] = linearGradient(host, x, dOutput, hasBias) as Resident[];
      if (dBias) pass.gradient(`${path}bias`, dBias);
      const dX = wantsInput ? (linearInputGradient(host, { dOutput, kernel }) as Resident) : undefined;
      of.gradient(dKernel!);
      return dX;
    },
  };
}

/** Provides the kernel of a product. */
interface KernelSource {
  kernel(): Resident;
  /** Receives the kernel's gradient. */
  gradient(gradient: Resident): void;
}

function parameterKernel(pass: Pass, path: string, shape: readonly number[]): KernelSource {
  return {
    kernel: () => pass.parameter(path, shape),
    gradient: (gradient) => pass.gradient(path, gradient),
  };
}

export function embeddingStage(pass: Pass, path: string, shape: readonly [number, number]): Stage {
  const { host } = pass;
  let ids: Resident;
  let output: Resident;
  return {
    forward(input) {
      ids = input.tensor;
      output = lookup(host, pass.parameter(`${path}embeddings`, shape), ids) as Resident;
      zeroPast(pass, output);
      return made(output);
    },
    backward(dOutput) {
      zeroPast(pass, dOutput);
      pass.gradient(`${path}embeddings`, lookupGradient(host, dOutput, ids, shape[0]) as Resident);
      host.release(output);
      return undefined;
    },
  };
}

/** The gates of all steps in one product, then the recurrence. */
function minimalStage(pass: Pass, layer: MinimalLayer, path: PartPath): Stage {
  const { host, hasLengths } = pass;
  const { units, inputSize, useBias } = layer as MinimalLayer & { useBias?: boolean };
  const attributes: RecurrenceAttributes = {
    kind: layer.type,
    positive: layer.activation === 'positive',
    lengths: hasLengths ? SOME_LENGTHS : null,
    reverse: pass.reverse,
  };
  const columns = layerFacts(layer).parameters[0]![1][1]!;
  const product = productStage(pass, inputSize, columns, useBias !== false, path.params);
  const masked = maskStage(pass);
  let gates: Resident;
  let initialState: Resident;
  let output: Resident;
  return {
    forward(input) {
      const x = masked.forward(input);
      gates = product.forward(x).tensor;
      letGo(pass, x, input);
      initialState = pass.state(`${path.state}h`, units);
      const [h, state] = recurrenceForward(host, { a: gates, initialState }, attributes) as Resident[];
      output = h!;
      pass.keepState(`${path.state}h`, state!);
      if (!pass.training) host.release(gates);
      return made(output);
    },
    backward(dOutput, wantsInput) {
      const dState = finalGradient(pass, `${path.state}h`, units);
      const given = { a: gates, initialState, output, dOutput, dState };
      const [dGates, dInitial] = recurrenceGradient(host, given, attributes) as Resident[];
      pass.initialGradient(`${path.state}h`, dInitial!);
      host.release(gates, output);
      const dX = product.backward(dGates!, wantsInput);
      host.release(dGates);
      masked.backward(dOutput, false);
      if (dX) zeroPast(pass, dX);
      return dX;
    },
  };
}
