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
import { addTo, copyValid, lastSteps, spreadLast, zeroPast } from './copies';
import type { PlanHost } from './plan-host';
import type { DropoutPart, PlanPart } from './plan-model';

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
  return dropoutStage(pass, part);
}

function layerStage(pass: Pass, layer: LayerData, path: string): Stage {
  if (isRecurrent(layer)) return recurrentStage(pass, layer, path);
  if (isMinimal(layer)) return minimalStage(pass, layer, path);
  if (layer.type === 'linear') return linearStage(pass, layer, path);
  return embeddingStage(pass, path, [layer.inputSize, layer.units]);
}

function recurrentStage(pass: Pass, layer: RecurrentLayer, path: string): Stage {
  const { host, batch, hasLengths, training } = pass;
  const { parameters, states } = layerFacts(layer);
  const attributes: SequenceAttributes = {
    layer,
    lengths: hasLengths ? SOME_LENGTHS : null,
    reverse: false,
    keep: training,
  };
  const inputs: Record<string, Resident> = {};
  const results: Record<string, Resident> = {};
  return {
    forward({ tensor: x }) {
      inputs.x = x;
      for (const [name, shape] of parameters) inputs[name] = pass.parameter(path + name, shape);
      for (const [name, width] of states) inputs[name] = pass.state(path + name, width);
      const outputs = forward(host, inputs, attributes) as Resident[];
      results.output = outputs[0]!;
      states.forEach(([name], n) => {
        pass.keepState(path + name, outputs[n + 1]!);
      });
      if (training) results.reserve = outputs.at(-1)!;
      return made(results.output);
    },
    backward(dOutput, wantsInput) {
      for (const [name, width] of states)
        results[`d.${name}`] = host.tensor([batch, width], host.zeros(batch * width));
      const gradients = backward(host, inputs, attributes, { ...results, dOutput }) as Resident[];
      parameters.forEach(([name], n) => {
        pass.gradient(path + name, gradients[n]!);
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

/** y = x·W + b at every step, and past a row's length 0. */
function linearStage(pass: Pass, layer: LinearLayer, path: string): Stage {
  const { host } = pass;
  const product = productStage(pass, layer.inputSize, layer.units, layer.useBias !== false, path);
  const masked = maskStage(pass);
  let output: Resident;
  return {
    forward(input) {
      const x = masked.forward(input);
      output = product.forward(x).tensor;
      letGo(pass, x, input);
      zeroPast(pass, output);
      return made(output);
    },
    backward(dOutput, wantsInput) {
      zeroPast(pass, dOutput);
      host.release(output);
      const dX = product.backward(dOutput, wantsInput);
      masked.backward(dOutput, false);
      if (dX) zeroPast(pass, dX);
      return dX;
    },
  };
}

/** The product alone. */
function productStage(pass: Pass, inputSize: number, columns: number, hasBias: boolean, path: string): Stage {
  const { host } = pass;
  const kernel = pass.parameter(`${path}kernel`, [inputSize, columns]);
  const bias = hasBias ? pass.parameter(`${path}bias`, [columns]) : undefined;
  let x: Resident;
  return {
    forward(input) {
      x = input.tensor;
      return made(linearForward(host, { x, kernel, bias }) as Resident, false);
    },
    backward(dOutput, wantsInput) {
      const [dKernel, dBias] = linearGradient(host, x, dOutput, hasBias) as Resident[];
      pass.gradient(`${path}kernel`, dKernel!);
      if (dBias) pass.gradient(`${path}bias`, dBias);
      return wantsInput ? (linearInputGradient(host, { dOutput, kernel }) as Resident) : undefined;
    },
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
function minimalStage(pass: Pass, layer: MinimalLayer, path: string): Stage {
  const { host, batch, hasLengths } = pass;
  const { units, inputSize, useBias } = layer as MinimalLayer & { useBias?: boolean };
  const attributes: RecurrenceAttributes = {
    kind: layer.type,
    positive: layer.activation === 'positive',
    lengths: hasLengths ? SOME_LENGTHS : null,
    reverse: false,
  };
  const columns = layerFacts(layer).parameters[0]![1][1]!;
  const product = productStage(pass, inputSize, columns, useBias !== false, path);
  const masked = maskStage(pass);
  let gates: Resident;
  let initialState: Resident;
  let output: Resident;
  return {
    forward(input) {
      const x = masked.forward(input);
      gates = product.forward(x).tensor;
      letGo(pass, x, input);
      initialState = pass.state(`${path}h`, units);
      const [h, state] = recurrenceForward(host, { a: gates, initialState }, attributes) as Resident[];
      output = h!;
      pass.keepState(`${path}h`, state!);
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
  const stages = parts.map((part) => stageOf(pass, part));
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
