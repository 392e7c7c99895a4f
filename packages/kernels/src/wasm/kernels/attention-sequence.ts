/**
 * A recurrent layer with attention and input feeding over a whole sequence. It runs the jobs of the layer, of
 * matrix products and of attention step by step, without calls of tfjs.
 */
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { AttentionArguments, SequenceArguments, UnaryArguments } from '../../generated/abi';
import type { FedAttributes } from '../../ops/attention-sequence';
import { attentionWork } from './attention';
import { fedGradient } from './attention-sequence-gradient';
import {
  blockAt,
  blockBytes,
  type FedBlock,
  type FedSizes,
  fedSizes,
  layerRecord,
  stateNames,
  stepLengths,
  stepProduct,
  stepThreads,
  takes,
  timeOf,
  WHAT,
} from './attention-sequence-pass';
import { copyFloats, copyRows } from './copy-rows';
import type { KernelHost } from './host';
import { type Inputs, kernel } from './kernel';
import { gateColumns } from './layer-kinds';

/** Returns (handle,) output, attentional vector, attention weights, states. */
export function fedForward(backend: KernelHost, inputs: Inputs, attributes: FedAttributes): TensorInfo[] {
  const { engine } = backend;
  const sizes = engine.sizes('forward');
  const g = fedSizes(inputs, attributes, sizes);
  for (const info of Object.values(inputs)) if (info) backend.address(info, WHAT);
  return backend.making((make) => {
    const output = make([g.B, g.T, g.O], WHAT);
    const made = [output, make([g.B, g.V], WHAT), make([g.B, g.S], WHAT)];
    for (const _ of stateNames(attributes)) made.push(make([g.B, g.H], WHAT));
    const bytes = blockBytes(g, inputs);
    let block = 0;
    if (attributes.keep) {
      const handle = make([0], 'a handle');
      made.unshift(handle);
      block = engine.allocate(bytes, () => `the data for the gradient of ${WHAT}`);
      const given = Object.values(inputs).filter((info) => info !== undefined);
      Object.assign(backend.hold(handle, given), { block, sizes, fed: inputs });
    } else block = engine.temporary(bytes, WHAT);
    const at = blockAt(block, g, inputs);
    runSteps(backend, inputs, attributes, g, at, made.slice(attributes.keep ? 1 : 0) as Made);
    return made;
  });
}

type Made = (TensorInfo & { address: number })[];

function runSteps(
  backend: KernelHost,
  inputs: Inputs,
  attributes: FedAttributes,
  g: FedSizes,
  at: FedBlock,
  [output, attention, alignments, ...states]: Made,
): void {
  const { engine } = backend;
  const of = (info: TensorInfo | undefined) => (info ? backend.address(info, WHAT) : 0);
  const threads = stepThreads(backend, attributes, g);
  const lengths = stepLengths(backend, attributes, g);
  const record = layerRecord(backend, inputs, attributes, g, threads);
  const asked = inputs.queryKernel && stepProduct(backend, inputs.queryKernel, g.B, false);
  const combined = inputs.attentionKernel && stepProduct(backend, inputs.attentionKernel, g.B, false);
  const context = engine.temporary(4 * g.B * g.M, WHAT);
  const raw = engine.temporary(4 * g.B * g.V, WHAT);
  engine.write(SequenceArguments, record);
  engine.run('packForward', engine.threadsToPack(gateColumns(attributes.layer) * (g.F + g.H)));
  const move = (to: number, from: number, size: number) =>
    backend.floats.copyWithin(to / 4, from / 4, from / 4 + size);
  const before = [of(inputs.h), of(inputs.c), of(inputs.attention), of(inputs.alignments)] as const;
  backend.between(() => {
    move(at.h, before[0], g.B * g.H);
    if (inputs.c) move(at.c, before[1], g.B * g.H);
    move(attention!.address, before[2], g.B * g.V);
    move(alignments!.address, before[3], g.B * g.S);
  });
  const x = of(inputs.x);
  const attend = {
    ...AttentionArguments.blank,
    ...{ batch: g.B, time: 1, positions: g.S, keySize: g.U, memorySize: g.M, adds: false },
    additive: inputs.vector !== undefined,
    ...{
      keys: of(inputs.keys),
      memory: of(inputs.memory),
      valid: of(inputs.valid),
      vector: of(inputs.vector),
    },
    context,
  };
  const attendThreads = engine.threadsFor(attentionWork(attend, attend.additive));
  for (let n = 0; n < g.T; n++) {
    const t = timeOf(attributes, g.T, n);
    const step = 4 * n * g.B;
    const place = { n, t, attributes, g, backend };
    readStep(place, at.read + step * g.F, x, attention!.address);
    engine.write(SequenceArguments, {
      ...record,
      lengths: lengths && lengths + step,
      x: at.read + step * g.F,
      initialH: at.h + step * g.H,
      initialC: inputs.c && at.c + step * g.H,
      finalH: at.h + step * g.H + 4 * g.B * g.H,
      finalC: inputs.c && at.c + step * g.H + 4 * g.B * g.H,
      output: at.output + step * g.H,
      reserve: at.reserve + step * g.reserve,
    });
    engine.run('forward', threads);
    const h = at.output + step * g.H;
    const query = asked ? at.query + step * g.U : h;
    asked?.(h, query);
    const shares = at.alignments + step * g.S;
    engine.write(AttentionArguments, { ...attend, query, alignments: shares });
    engine.run('attention', attendThreads);
    const both = at.both + step * g.C;
    copyRows(backend, { rows: g.B, width: g.H, xStride: g.H, yStride: g.C, x: h, y: both });
    copyRows(backend, { rows: g.B, width: g.M, xStride: g.M, yStride: g.C, x: context, y: both + 4 * g.H });
    let fed = context;
    if (combined) {
      fed = at.vector + step * g.V;
      combined(both, attributes.squashes ? raw : fed);
      if (attributes.squashes) {
        engine.write(UnaryArguments, { kind: 'tanh', count: g.B * g.V, x: raw, y: fed });
        engine.run('unary', 1);
      }
    }
    giveStep(place, combined ? fed : both, output!.address);
    moveTaken(place, g.V, fed, attention!.address);
    moveTaken(place, g.S, shares, alignments!.address);
  }
  backend.between(() => {
    move(states[0]!.address, at.h + 4 * g.T * g.B * g.H, g.B * g.H);
    if (inputs.c) move(states[1]!.address, at.c + 4 * g.T * g.B * g.H, g.B * g.H);
  });
}

/** A step of a pass. */
interface Place {
  readonly n: number;
  readonly t: number;
  readonly attributes: FedAttributes;
  readonly g: FedSizes;
  readonly backend: KernelHost;
}

/** Whether every row takes every step. Steps are then copied by jobs alone. */
const takeAll = ({ attributes }: Place) => attributes.lengths === null;

/**
 * Writes the layer's input at a step, [B,F]: x and the vector fed back; zeros in rows that do not take the
 * step.
 */
function readStep(place: Place, read: number, x: number, fed: number): void {
  const { n, t, attributes, g, backend } = place;
  if (takeAll(place)) {
    const own = { rows: g.B, width: g.I, xStart: t * g.I, xStride: g.T * g.I, yStride: g.F, x, y: read };
    copyRows(backend, own);
    copyRows(backend, { rows: g.B, width: g.V, xStride: g.V, yStride: g.F, x: fed, y: read + 4 * g.I });
    return;
  }
  backend.between(() => {
    const { floats: float32 } = backend;
    for (let row = 0; row < g.B; row++) {
      const to = read / 4 + row * g.F;
      if (!takes(attributes, g.T, n, row)) {
        float32.fill(0, to, to + g.F);
        continue;
      }
      const own = x / 4 + (row * g.T + t) * g.I;
      float32.copyWithin(to, own, own + g.I);
      const seen = fed / 4 + row * g.V;
      float32.copyWithin(to + g.I, seen, seen + g.V);
    }
  });
}

/**
 * Copies a step's output [B,O] into the sequence's output [B,T,O]; zeros in rows that do not take the step.
 */
function giveStep(place: Place, given: number, output: number): void {
  const { n, t, attributes, g, backend } = place;
  if (takeAll(place)) {
    const y = output + 4 * t * g.O;
    copyRows(backend, { rows: g.B, width: g.O, xStride: g.O, yStride: g.T * g.O, x: given, y });
    return;
  }
  backend.between(() => {
    const { floats: float32 } = backend;
    for (let row = 0; row < g.B; row++) {
      const to = output / 4 + (row * g.T + t) * g.O;
      const from = given / 4 + row * g.O;
      if (takes(attributes, g.T, n, row)) float32.copyWithin(to, from, from + g.O);
      else float32.fill(0, to, to + g.O);
    }
  });
}

/** Copies `size` floats of each row that takes the step. */
function moveTaken(place: Place, size: number, from: number, to: number): void {
  const { n, attributes, g, backend } = place;
  if (takeAll(place)) {
    copyFloats(backend, to, from, g.B * size);
    return;
  }
  backend.between(() => {
    const { floats: float32 } = backend;
    for (let row = 0; row < g.B; row++) {
      if (!takes(attributes, g.T, n, row)) continue;
      const start = from / 4 + row * size;
      float32.copyWithin(to / 4 + row * size, start, start + size);
    }
  });
}

/** The kernels of `attentionSequence`. */
export function attentionSequenceKernels(): KernelConfig[] {
  return [kernel('AttentionSequence', fedForward), kernel('AttentionSequenceGradient', fedGradient)];
}
