/**
 * A cell that attends to a source, as a stage of a plan. It runs the jobs of `attentionWrapper` of the cells.
 */

import { layerFacts } from '../../layers/layer-facts';
import type { FedAttributes } from '../../ops/attention-sequence';
import { attentionForward, attentionGradient } from '../kernels/attention';
import { fedForward } from '../kernels/attention-sequence';
import { fedGradient } from '../kernels/attention-sequence-gradient';
import type { Resident } from '../kernels/host';
import { activationStage } from './activations';
import { addTo, sideBySide, sumOfRows, takenApart } from './copies';
import { letGo, made } from './flow';
import type { AttendedSource, Pass, Stage } from './pass';
import type { AttentionPart } from './plan-model';
import { times, timesTransposed, weightGradient } from './products';

export function attentionStage(pass: Pass, part: AttentionPart, cell: Stage): Stage {
  return part.fed ? fedStage(pass, part, part.fed) : attendingStage(pass, part, cell);
}

/** The keys of a source: m·Wm, or the memory itself. */
function keysStage(pass: Pass, { score, path, memorySize, keySize }: AttentionPart, source: AttendedSource) {
  const { host } = pass;
  const name = `${path.params}memoryKernel`;
  const kernel = score === 'dot' ? undefined : pass.parameter(name, [memorySize, keySize]);
  let keys: Resident;
  return {
    forward(): Resident {
      const memory = source.memory();
      keys = kernel ? times(pass, memory, kernel) : memory;
      return keys;
    },
    free(): void {
      if (kernel) host.release(keys);
    },
    /** Frees both gradients. */
    backward(dKeys: Resident, dMemory: Resident): void {
      const more = kernel ? timesTransposed(pass, dKeys, kernel) : dKeys;
      if (kernel) pass.gradient(name, weightGradient(pass, source.memory(), dKeys));
      source.gradient(addTo(pass, dMemory, more));
      host.release(dMemory, dKeys);
      if (kernel) host.release(more, keys);
    },
  };
}

/** Runs the cell over the whole sequence, then the attention for all of its outputs at once. */
function attendingStage(pass: Pass, part: AttentionPart, cell: Stage): Stage {
  const { host, training } = pass;
  const { score, path, querySize, memorySize, keySize, attentionUnits } = part;
  const source = pass.attended!;
  const keying = keysStage(pass, part, source);
  const isAdditive = score === 'additive';
  const parameter = (name: string, shape: readonly number[]) => pass.parameter(path.params + name, shape);
  const queryKernel = isAdditive ? parameter('queryKernel', [querySize, keySize]) : undefined;
  const vector = isAdditive ? parameter('scoreVector', [keySize]) : undefined;
  const combine = attentionUnits ? vectorStage(pass, part, attentionUnits) : undefined;
  const given: Record<string, Resident | undefined> = { vector, valid: source.valid };
  let h: Resident;
  let both: Resident;
  return {
    forward(input) {
      Object.assign(given, { keys: keying.forward(), memory: source.memory() });
      const own = cell.forward(input);
      h = own.tensor;
      given.query = queryKernel ? times(pass, h, queryKernel) : h;
      const [context, alignments] = attentionForward(host, given) as [Resident, Resident];
      given.alignments = alignments;
      both = sideBySide(pass, [h, context]);
      host.release(context);
      if (!training) {
        host.release(alignments, queryKernel && given.query);
        keying.free();
        letGo(pass, own, input);
      }
      const output = combine ? combine.forward(made(both)) : made(both);
      letGo(pass, made(both), output);
      return output;
    },
    backward(dOutput, wantsInput) {
      const dBoth = combine ? combine.backward(dOutput, true)! : dOutput;
      host.release(both);
      const [dOwn, dContext] = takenApart(pass, dBoth, [querySize, memorySize]) as [Resident, Resident];
      if (combine) host.release(dBoth);
      const { query, alignments } = given;
      const dAlignments = host.tensor(alignments!.shape, host.zeros(sizeOf(alignments!)));
      const gradients = attentionGradient(host, { ...given, dContext, dAlignments }) as Resident[];
      const [dQuery, dKeys, dMemory, dVector] = gradients as [Resident, Resident, Resident, Resident?];
      host.release(dContext, alignments);
      if (dVector) {
        pass.gradient(`${path.params}scoreVector`, sumOfRows(pass, dVector));
        host.release(dVector);
      }
      keying.backward(dKeys, dMemory);
      let dSeen = dQuery;
      if (queryKernel) {
        dSeen = timesTransposed(pass, dQuery, queryKernel);
        pass.gradient(`${path.params}queryKernel`, weightGradient(pass, h, dQuery));
        host.release(dQuery, query);
      }
      const dH = addTo(pass, dOwn, dSeen);
      host.release(dOwn, dSeen);
      const dX = cell.backward(dH, wantsInput);
      if (dX !== dH) host.release(dH);
      return dX;
    },
  };
}

const sizeOf = ({ shape }: Resident) => shape.reduce((size, extent) => size * extent, 1);

/** activation([h; c]·W). The backward pass frees what the forward pass created. */
function vectorStage(
  pass: Pass,
  { path, querySize, memorySize, activation }: AttentionPart,
  units: number,
): Stage {
  const { host } = pass;
  const name = `${path.params}attentionKernel`;
  const kernel = pass.parameter(name, [querySize + memorySize, units]);
  const activate = activationStage(pass, activation);
  let both: Resident;
  let output: Resident;
  return {
    forward(input) {
      both = input.tensor;
      const raw = made(times(pass, both, kernel));
      const next = activate ? activate.forward(raw) : raw;
      letGo(pass, raw, next);
      output = next.tensor;
      return next;
    },
    backward(dOutput) {
      const dRaw = activate ? activate.backward(dOutput, true)! : dOutput;
      host.release(output);
      pass.gradient(name, weightGradient(pass, both, dRaw));
      const dBoth = timesTransposed(pass, dRaw, kernel);
      if (dRaw !== dOutput) host.release(dRaw);
      return dBoth;
    },
  };
}

/** The kernel of a sequence with input feeding. */
function fedStage(pass: Pass, part: AttentionPart, fed: NonNullable<AttentionPart['fed']>): Stage {
  const { host, batch, training } = pass;
  const { path, score, querySize, memorySize, keySize, attentionUnits, activation } = part;
  const source = pass.attended!;
  const keying = keysStage(pass, part, source);
  const { parameters, states } = layerFacts(fed.layer);
  const zeros = (...shape: number[]) =>
    host.tensor(shape, host.zeros(shape.reduce((size, n) => size * n, 1)));
  const inputs: Record<string, Resident> = {};
  /** The paths of the parameters, by the names of the kernel's inputs. */
  const paths = new Map(parameters.map(([name]) => [name, fed.path.params + name]));
  const results: Record<string, Resident> = {};
  let attributes: FedAttributes;
  return {
    forward(input) {
      const keys = keying.forward();
      const memory = source.memory();
      const positions = memory.shape[1]!;
      inputs.x = input.tensor; // The part before it computed x, and JavaScript reads it.
      for (const [name, shape] of parameters) inputs[name] = pass.parameter(fed.path.params + name, shape);
      for (const [name, width] of states) inputs[name] = pass.state(fed.path.state + name, width);
      Object.assign(inputs, { keys, memory, valid: source.valid });
      inputs.attention = zeros(batch, attentionUnits ?? memorySize);
      inputs.alignments = zeros(batch, positions);
      const own = (name: string, key: string, shape: readonly number[]) => {
        paths.set(name, path.params + key);
        inputs[name] = pass.parameter(path.params + key, shape);
      };
      if (score === 'additive') {
        own('vector', 'scoreVector', [keySize]);
        own('queryKernel', 'queryKernel', [querySize, keySize]);
      }
      if (attentionUnits) own('attentionKernel', 'attentionKernel', [querySize + memorySize, attentionUnits]);
      const names = Object.keys(inputs).slice(1);
      const squashes = activation === 'tanh';
      attributes = { layer: fed.layer, squashes, lengths: null, reverse: false, keep: training, names };
      const all = fedForward(host, inputs, attributes) as Resident[];
      const [kept, output, ...others] = training ? all : [undefined, ...all];
      host.release(...others);
      if (kept) results.kept = kept;
      else keying.free();
      results.output = output!;
      return made(output!);
    },
    backward(dOutput, wantsInput) {
      const { kept, output } = results;
      const given: Record<string, Resident | undefined> = {
        ...{ kept, dOutput, dAttention: inputs.attention, dAlignments: inputs.alignments },
        ...Object.fromEntries(states.map(([name, width]) => [`d.${name}`, zeros(batch, width)])),
      };
      const [dX, ...gradients] = fedGradient(host, given, attributes) as [Resident, ...Resident[]];
      host.release(kept, output);
      const of = (name: string) => gradients[attributes.names.indexOf(name)]!;
      for (const [name, place] of paths) {
        if (name !== 'vector') pass.gradient(place, of(name));
        else {
          pass.gradient(place, sumOfRows(pass, of(name)));
          host.release(of(name));
        }
      }
      for (const [name] of states) pass.initialGradient(fed.path.state + name, of(name));
      keying.backward(of('keys'), of('memory'));
      host.release(of('valid'), of('attention'), of('alignments'));
      if (wantsInput) return dX;
      host.release(dX);
      return undefined;
    },
  };
}
