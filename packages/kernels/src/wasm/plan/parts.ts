/**
 * The parts of a model as a plan runs them: the kernels that the cells call by way of tfjs, in the same order, over the plan's memory.
 * Backward, a part frees what it made forward, and whoever gave it a gradient frees that.
 */
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
import { runBinary } from '../kernels/elementwise';
import { lookup, lookupGradient } from '../kernels/embedding';
import type { Resident } from '../kernels/host';
import { linearForward, linearGradient, linearInputGradient } from '../kernels/linear';
import { recurrenceForward, recurrenceGradient } from '../kernels/linear-recurrence';
import { backward, forward, inputGradient } from '../kernels/sequence';
import { activationStage } from './activations';
import {
  addTo,
  copyValid,
  lastSteps,
  sideBySide,
  spreadLast,
  takenApart,
  transposed,
  zeroPast,
} from './copies';
import type { PlanHost } from './plan-host';
import type { DropoutPart, PartPath, PlanPart, TiedPart } from './plan-model';

/** What a plan is made for, beside the model. */
export interface PassShape {
  readonly batch: number;
  readonly time: number;
  readonly hasLengths: boolean;
  /** Whether a gradient is taken, and dropout acts. */
  readonly training: boolean;
}

/** What the parts of one pass share. */
export interface Pass extends PassShape {
  readonly host: PlanHost;
  parameter(path: string, shape: readonly number[]): Resident;
  /** A state before the first step. */
  state(path: string, width: number): Resident;
  /** Takes a state after the last step. */
  keepState(path: string, state: Resident): void;
  /** Takes the gradient of a parameter. */
  gradient(path: string, gradient: Resident): void;
  /** The seed of the step that runs. */
  seed(): number;
  /** Whether rows are read from their last valid step on. */
  readonly reverse: boolean;
}

/** What passes from part to part: [B, T, n] or [B, n]. */
export interface Flow {
  readonly tensor: Resident;
  /** Whether what lies past a row's length is 0 already. */
  readonly isMasked: boolean;
  /** Whether the plan may free it: it was made by a part, not given. */
  readonly isOwn: boolean;
}

/** A part in a pass. */
export interface Stage {
  forward(input: Flow): Flow;
  /** @returns the gradient of the input, where it is wanted */
  backward(gradient: Resident, wantsInput: boolean): Resident | undefined;
}

/** Says that there are lengths, which a step gives. */
const SOME_LENGTHS: readonly number[] = [];

const made = (tensor: Resident, isMasked = true): Flow => ({ tensor, isMasked, isOwn: true });

/** Frees what no gradient will want, once `next` is made of it. */
function letGo({ host, training }: Pass, { tensor, isOwn }: Flow, next: Flow): void {
  if (!training && isOwn && tensor !== next.tensor) host.release(tensor);
}

/** The part in the pass. */
export function stageOf(pass: Pass, part: PlanPart): Stage {
  if (part.type === 'layer') return layerStage(pass, part.layer, part.path);
  if (part.type === 'stack') return stackStage(pass, part.parts);
  if (part.type === 'lastOutput') return lastOutputStage(pass, stageOf(pass, part.part));
  if (part.type === 'residual') return residualStage(pass, stageOf(pass, part.part));
  if (part.type === 'tiedEmbedding') return tiedStage(pass, part);
  if (part.type === 'bidirectional') {
    const behind = stageOf({ ...pass, reverse: !pass.reverse }, part.backward);
    return bidirectionalStage(pass, stageOf(pass, part.forward), behind);
  }
  return dropoutStage(pass, part);
}

function layerStage(pass: Pass, layer: LayerData, path: PartPath): Stage {
  if (isRecurrent(layer)) return recurrentStage(pass, layer, path);
  if (isMinimal(layer)) return minimalStage(pass, layer, path);
  if (layer.type === 'linear') return linearStage(pass, layer, path);
  return embeddingStage(pass, path.params, [layer.inputSize, layer.units]);
}

function recurrentStage(pass: Pass, layer: RecurrentLayer, path: PartPath): Stage {
  const { host, batch, hasLengths, training } = pass;
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
        results[`d.${name}`] = host.tensor([batch, width], host.zeros(batch * width));
      const gradients = backward(host, inputs, attributes, { ...results, dOutput }) as Resident[];
      parameters.forEach(([name], n) => {
        pass.gradient(path.params + name, gradients[n]!);
      });
      host.release(...gradients.slice(parameters.length));
      const { x, kernel } = inputs;
      const dX = wantsInput
        ? (inputGradient(host, { x, kernel, reserve: results.reserve }, attributes) as Resident)
        : undefined;
      host.release(results.reserve, results.output);
      return dX;
    },
  };
}

/** y = activation(x·W + b) at every step, and past a row's length 0. */
function linearStage(pass: Pass, layer: LinearLayer, { params: path }: PartPath): Stage {
  const { inputSize, units, useBias, activation = 'linear' } = layer;
  const product = productStage(pass, inputSize, units, useBias !== false, path);
  const activate = activationStage(pass, activation);
  return maskedStage(pass, activate ? inOrder(pass, [product, activate]) : product);
}

/** A stage of whole rows, with 0 past their lengths before and after it. */
function maskedStage(pass: Pass, inner: Stage): Stage {
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

/** The product alone; its output is its caller's to free. */
function productStage(
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

/** Where a product has its kernel from. */
interface KernelSource {
  kernel(): Resident;
  /** Takes its gradient. */
  gradient(gradient: Resident): void;
}

function parameterKernel(pass: Pass, path: string, shape: readonly number[]): KernelSource {
  return {
    kernel: () => pass.parameter(path, shape),
    gradient: (gradient) => pass.gradient(path, gradient),
  };
}

/** x = E[id], h = body(x), logits = h·Eᵀ + b: the table's gradient is the sum of both uses'. */
function tiedStage(pass: Pass, { vocabularySize, dimension, path, body }: TiedPart): Stage {
  const { host } = pass;
  const name = `${path.params}embeddings`;
  const shape = [vocabularySize, dimension] as const;
  let kernel: Resident;
  let dTable: Resident;
  const head = productStage(pass, dimension, vocabularySize, true, path.params, {
    kernel() {
      kernel = transposed(pass, pass.parameter(name, shape), shape);
      return kernel;
    },
    gradient(gradient) {
      dTable = transposed(pass, gradient, [dimension, vocabularySize]);
      host.release(gradient, kernel);
    },
  });
  const withSum: Pass = {
    ...pass,
    gradient(of, gradient) {
      if (of !== name) return pass.gradient(of, gradient);
      pass.gradient(of, addTo(pass, dTable, gradient));
      host.release(dTable, gradient);
    },
  };
  const table = embeddingStage(withSum, path.params, shape);
  const whole = inOrder(pass, [table, stageOf(pass, body), maskedStage(pass, head)]);
  return {
    forward(ids) {
      const output = whole.forward(ids);
      if (!pass.training) host.release(kernel);
      return output;
    },
    backward: whole.backward,
  };
}

/** What passes through, with 0 past each row's length; a copy where something else may stand there. */
function maskStage(pass: Pass): Stage {
  let copy: Resident | undefined;
  return {
    forward(input) {
      if (!pass.hasLengths || input.isMasked) return input;
      copy = copyValid(pass, input.tensor);
      return made(copy);
    },
    backward() {
      pass.host.release(copy);
      return undefined;
    },
  };
}

function embeddingStage(pass: Pass, path: string, shape: readonly [number, number]): Stage {
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

/** The gates of all steps as one product, then the recurrence. */
function minimalStage(pass: Pass, layer: MinimalLayer, path: PartPath): Stage {
  const { host, batch, hasLengths } = pass;
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
      const dState = host.tensor([batch, units], host.zeros(batch * units));
      const given = { a: gates, initialState, output, dOutput, dState };
      const [dGates, dInitial] = recurrenceGradient(host, given, attributes) as Resident[];
      host.release(dInitial, gates, output);
      const dX = product.backward(dGates!, wantsInput);
      host.release(dGates);
      masked.backward(dOutput, false);
      if (dX) zeroPast(pass, dX);
      return dX;
    },
  };
}

function stackStage(pass: Pass, parts: readonly PlanPart[]): Stage {
  return inOrder(
    pass,
    parts.map((part) => stageOf(pass, part)),
  );
}

/** Each stage reads what the one before it gives. */
function inOrder(pass: Pass, stages: readonly Stage[]): Stage {
  return {
    forward: (input) =>
      stages.reduce((flow, stage) => {
        const next = stage.forward(flow);
        if (flow !== input) letGo(pass, flow, next);
        return next;
      }, input),
    backward(gradient, wantsInput) {
      let d: Resident | undefined = gradient;
      for (let n = stages.length - 1; n >= 0; n--) {
        const next: Resident | undefined = stages[n]!.backward(d!, wantsInput || n > 0);
        if (d !== gradient && d !== next) pass.host.release(d);
        d = next;
        if (!d) break;
      }
      return d;
    },
  };
}

/** Both directions side by side, [B, T, Of + Ob]. */
function bidirectionalStage(pass: Pass, ahead: Stage, behind: Stage): Stage {
  const { host } = pass;
  let output: Resident;
  let widths: [number, number];
  return {
    forward(input) {
      const both = [ahead.forward(input), behind.forward(input)] as const;
      widths = both.map(({ tensor }) => tensor.shape[2]!) as [number, number];
      output = sideBySide(pass, both[0].tensor, both[1].tensor);
      for (const one of both) letGo(pass, one, input);
      return made(output);
    },
    backward(dOutput, wantsInput) {
      const [dAhead, dBehind] = takenApart(pass, dOutput, widths);
      host.release(output);
      const dX = ahead.backward(dAhead, wantsInput);
      const other = behind.backward(dBehind, wantsInput);
      const sum = dX && other ? addTo(pass, dX, other) : undefined;
      const done = [dAhead, dBehind, dX, other].filter(
        (tensor, n, all) => tensor && all.indexOf(tensor) === n,
      );
      host.release(...done);
      return sum;
    },
  };
}

function lastOutputStage(pass: Pass, inner: Stage): Stage {
  const { host } = pass;
  let shape: readonly number[];
  let output: Resident;
  return {
    forward(input) {
      const sequence = inner.forward(input);
      shape = sequence.tensor.shape;
      output = lastSteps(pass, sequence.tensor);
      letGo(pass, sequence, input);
      return made(output);
    },
    backward(dOutput, wantsInput) {
      const dSequence = spreadLast(pass, dOutput, shape);
      host.release(output);
      const dX = inner.backward(dSequence, wantsInput);
      host.release(dSequence);
      return dX;
    },
  };
}

/** y = x + part(x). */
function residualStage(pass: Pass, inner: Stage): Stage {
  const { host } = pass;
  const masked = maskStage(pass);
  let output: Resident;
  return {
    forward(input) {
      const x = masked.forward(input);
      const change = inner.forward(input);
      output = addTo(pass, x.tensor, change.tensor);
      letGo(pass, change, input);
      if (x !== input) letGo(pass, x, change);
      return made(output);
    },
    backward(dOutput, wantsInput) {
      const dPart = inner.backward(dOutput, wantsInput);
      host.release(output);
      masked.backward(dOutput, false);
      if (!dPart) return undefined;
      // The way past the part: 0 past a row's length.
      zeroPast(pass, dOutput);
      const dX = addTo(pass, dOutput, dPart);
      if (dPart !== dOutput) host.release(dPart);
      return dX;
    },
  };
}

function dropoutStage(pass: Pass, { rate, fillMask }: DropoutPart): Stage {
  const { host } = pass;
  const source = maskStage(pass);
  const acts = pass.training && rate > 0;
  let mask: Resident | undefined;
  let output: Resident | undefined;
  const times = (x: Resident): Resident => {
    const whole = { row: true, column: true };
    const columns = x.shape.reduce((size, extent) => size * extent, 1);
    return runBinary(host, 'multiply', x, mask!, {
      shape: x.shape,
      rows: 1,
      columns,
      a: whole,
      b: whole,
    }) as Resident;
  };
  return {
    forward(input) {
      const x = source.forward(input);
      if (!acts) return x;
      const { shape } = x.tensor;
      mask = host.makeResident(shape);
      const { address } = mask;
      const size = shape.reduce((product, extent) => product * extent, 1);
      const sequence = (shape.length === 3 ? shape : [shape[0], 1, shape[1]]) as [number, number, number];
      host.between(() => {
        const target = host.floats.subarray(address / 4, address / 4 + size);
        fillMask(target, sequence, pass.seed());
      });
      output = times(x.tensor);
      return made(output, x.isMasked);
    },
    backward(dOutput, wantsInput) {
      const dX = acts ? times(dOutput) : dOutput;
      host.release(mask, output);
      source.backward(dOutput, false);
      if (!wantsInput) {
        if (dX !== dOutput) host.release(dX);
        return undefined;
      }
      zeroPast(pass, dX);
      return dX;
    },
  };
}
