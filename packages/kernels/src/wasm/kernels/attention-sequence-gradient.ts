/**
 * The gradient of a sequence with input feeding: first a loop from the last step to the first, then the
 * weights' gradients over all steps at once.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import {
  AttentionArguments,
  BinaryArguments,
  LinearGradientArguments,
  SequenceArguments,
} from '../../generated/abi';
import type { FedAttributes } from '../../ops/attention-sequence';
import { refuse } from '../../refuse';
import { gradientGroups, operandBytes } from '../engine/buffer-sizes';
import { attentionScratchBytes, attentionWork } from './attention';
import {
  blockAt,
  type FedBlock,
  type FedSizes,
  fedSizes,
  layerRecord,
  stepLengths,
  stepProduct,
  stepThreads,
  takes,
  timeOf,
  WHAT,
} from './attention-sequence-pass';
import { copyRows } from './copy-rows';
import { BINARY_WORK } from './elementwise';
import type { KernelHost } from './host';
import type { Inputs } from './kernel';
import { gateColumns, reserveRuns, wasmType } from './layer-kinds';

/** The state of a backward pass. */
interface Pass {
  readonly backend: KernelHost;
  readonly inputs: Inputs;
  readonly attributes: FedAttributes;
  readonly g: FedSizes;
  readonly at: FedBlock;
  /** The address of the gradient of an input. */
  readonly gradientOf: (name: string) => number;
  readonly given: Inputs;
  readonly record: SequenceArguments;
  /** Address of a mask [T,B], 1 where a row takes the step; 0 if all rows take all steps. */
  readonly lengths: number;
  readonly threads: number;
}

/** The gradients of x and of the other inputs, in the order of `attributes.names`. */
export function fedGradient(backend: KernelHost, given: Inputs, attributes: FedAttributes): TensorInfo[] {
  const { engine } = backend;
  const kept = backend.keptBy(given.kept!);
  const sizes = engine.sizes('backward');
  if (!kept.fed || kept.isOverwritten || kept.sizes !== sizes) {
    refuse(WHAT, {
      expected: 'one call of the gradient, on the backend and executor of the forward pass',
      got: kept.isOverwritten
        ? 'a second call, as in a second-order gradient'
        : 'another backend or other backend options',
      remedy: 'take the gradient once, before the backend or its options change',
      code: 'state',
    });
  }
  kept.isOverwritten = true;
  const inputs = kept.fed;
  const g = fedSizes(inputs, attributes, sizes);
  for (const info of Object.values(given)) if (info) backend.address(info, WHAT);
  return backend.making((make) => {
    const made = [inputs.x!, ...attributes.names.map((name) => inputs[name]!)].map(({ shape }, n) =>
      make(attributes.names[n - 1] === 'vector' ? [g.B, g.U] : shape, WHAT),
    );
    const gradientOf = (name: string) => made[attributes.names.indexOf(name) + 1]!.address;
    const threads = stepThreads(backend, attributes, g);
    const record = layerRecord(backend, inputs, attributes, g, threads);
    const lengths = stepLengths(backend, attributes, g);
    const at = blockAt(kept.block, g, inputs);
    const pass: Pass = { backend, inputs, attributes, g, at, gradientOf, given, record, lengths, threads };
    const valid = gradientOf('valid') / 4;
    backend.between(() => backend.floats.fill(0, valid, valid + g.B * g.S));
    const products = stepsBack(pass, made[0]!.address);
    weightsBack(pass, products);
    return made;
  });
}

/** Gradients of all steps, [T,B,…], from which the weights' gradients are computed. */
interface OfSteps {
  readonly dVector: number;
  readonly dQuery: number;
}

function stepsBack(pass: Pass, dX: number): OfSteps {
  const { backend, inputs, attributes, g, at, gradientOf, given, record, lengths, threads } = pass;
  const { engine } = backend;
  const of = (info: TensorInfo | undefined) => (info ? backend.address(info, WHAT) : 0);
  const rooms = roomsOf(pass);
  const { dVector, dQuery, dBoth, dContext, dOutput, dRead, dAlignments, states, memories } = rooms;
  const asked = inputs.queryKernel && stepProduct(backend, inputs.queryKernel, g.B, true);
  const combined = inputs.attentionKernel && stepProduct(backend, inputs.attentionKernel, g.B, true);
  const { attend, attendThreads } = attentionRecord(pass, dContext);
  engine.write(SequenceArguments, record);
  engine.run('packBackward', engine.threadsToPack(gateColumns(attributes.layer) * g.H));
  engine.run('packInputGradient', engine.threadsToPack(gateColumns(attributes.layer) * g.F));
  const move = (to: number, from: number, size: number) =>
    backend.floats.copyWithin(to / 4, from / 4, from / 4 + size);
  const after = [of(given['d.h']), of(given['d.c']), of(given.dAttention), of(given.dAlignments)] as const;
  // The gradient of the vector fed back is part of the gradient of the first operand.
  const carry = gradientOf('attention');
  backend.between(() => {
    move(states[0]!, after[0], g.B * g.H);
    if (inputs.c) move(memories[0]!, after[1], g.B * g.H);
    move(carry, after[2], g.B * g.V);
    move(gradientOf('alignments'), after[3], g.B * g.S);
  });
  for (let n = g.T - 1; n >= 0; n--) {
    const t = timeOf(attributes, g.T, n);
    const step = 4 * n * g.B;
    const vectors = dVector + step * g.V;
    const ends = takeAlignments(pass, n, dAlignments);
    gatherOutput(pass, n, t, carry, combined ? vectors : dBoth);
    if (combined && attributes.squashes) {
      const columns = g.B * g.V;
      const slope = { kind: 'wideTanhGradient', rows: 1, columns, xRow: 0, yRow: 0 } as const;
      runBinary(pass, { ...slope, x: vectors, y: at.vector + step * g.V, z: vectors });
    }
    combined?.(vectors, dBoth);
    copyRows(backend, { rows: g.B, width: g.M, xStride: g.C, yStride: g.M, x: dBoth + 4 * g.H, y: dContext });
    const h = at.output + step * g.H;
    const query = asked ? at.query + step * g.U : h;
    const ownQuery = dQuery + step * g.U;
    engine.write(AttentionArguments, {
      ...attend,
      adds: n < g.T - 1,
      query,
      alignments: at.alignments + step * g.S,
      dAlignments: ends ? dAlignments : 0,
      dQuery: ownQuery,
    });
    engine.run('attentionGradient', attendThreads);
    asked?.(ownQuery, rooms.queryOfStep);
    // The gradient of the layer's output [B,H]: the sum of the part from [h; c] [B,C] and the part from the
    // queries.
    const sum = { kind: 'add', rows: g.B, columns: g.H, xRow: g.C, yRow: g.H } as const;
    runBinary(pass, { ...sum, x: dBoth, y: asked ? rooms.queryOfStep : ownQuery, z: dOutput });
    const [before, after] = [(g.T - n) % 2, (g.T - 1 - n) % 2];
    engine.write(SequenceArguments, {
      ...record,
      lengths: lengths && lengths + step,
      x: at.read + step * g.F,
      initialH: at.h + step * g.H,
      initialC: inputs.c && at.c + step * g.H,
      output: h,
      reserve: at.reserve + step * g.reserve,
      dOutput,
      dFinalH: states[after]!,
      dFinalC: memories[after]!,
      dInitialH: states[before]!,
      dInitialC: memories[before]!,
    });
    engine.run('backward', threads);
    engine.write(SequenceArguments, { ...record, reserve: at.reserve + step * g.reserve, dX: dRead });
    engine.run('inputGradient', threads);
    giveInput(pass, n, t, dX, carry, dRead);
  }
  const last = g.T % 2;
  backend.between(() => {
    move(gradientOf('h'), states[last]!, g.B * g.H);
    if (inputs.c) move(gradientOf('c'), memories[last]!, g.B * g.H);
  });
  return { dVector, dQuery };
}

/** Memory for intermediate results. */
function roomsOf({ backend, inputs, g }: Pass) {
  const room = (floats: number) => backend.engine.temporary(4 * floats, WHAT);
  const pair = () => [room(g.B * g.H), room(g.B * g.H)] as const;
  return {
    dVector: room(g.B * g.T * g.V),
    dQuery: room(g.B * g.T * g.U),
    dBoth: room(g.B * g.C),
    dContext: room(g.B * g.M),
    dOutput: room(g.B * g.H),
    dRead: room(g.B * g.F),
    dAlignments: room(g.B * g.S),
    queryOfStep: inputs.queryKernel ? room(g.B * g.H) : 0,
    states: pair(),
    memories: inputs.c ? pair() : ([0, 0] as const),
  };
}

/** The fields of attention's record that are the same at every step. */
function attentionRecord({ backend, inputs, g, gradientOf }: Pass, dContext: number) {
  const { engine } = backend;
  const of = (info: TensorInfo | undefined) => (info ? backend.address(info, WHAT) : 0);
  const sizes = { batch: g.B, time: 1, positions: g.S, keySize: g.U, memorySize: g.M };
  const additive = inputs.vector !== undefined;
  const attendThreads = engine.threadsFor(2 * attentionWork(sizes, additive));
  const scratchBytes = attentionScratchBytes(g.S);
  const attend = {
    ...AttentionArguments.blank,
    ...{ ...sizes, additive, dContext },
    ...{
      keys: of(inputs.keys),
      memory: of(inputs.memory),
      valid: of(inputs.valid),
      vector: of(inputs.vector),
    },
    ...{ dKeys: gradientOf('keys'), dMemory: gradientOf('memory'), scratchBytes },
    dVector: additive ? gradientOf('vector') : 0,
    scratch: engine.temporary(scratchBytes * attendThreads, WHAT),
  };
  return { attend, attendThreads };
}

function runBinary({ backend: { engine } }: Pass, of: Omit<BinaryArguments, 'xColumn' | 'yColumn'>): void {
  engine.write(BinaryArguments, { ...of, xColumn: true, yColumn: true });
  engine.run('binary', engine.threadsFor(of.rows * of.columns * BINARY_WORK));
}

/**
 * Splits the gradient of the layer's input, in the rows that take the step, into that of x and that of the
 * vector fed back.
 */
function giveInput(
  { backend, attributes, g }: Pass,
  n: number,
  t: number,
  dX: number,
  carry: number,
  dRead: number,
): void {
  if (attributes.lengths === null) {
    const rows = { rows: g.B, xStride: g.F, x: dRead };
    copyRows(backend, { ...rows, width: g.I, yStride: g.T * g.I, y: dX + 4 * t * g.I });
    copyRows(backend, { ...rows, xStart: g.I, width: g.V, yStride: g.V, y: carry });
    return;
  }
  backend.between(() => {
    const { floats: float32 } = backend;
    for (let row = 0; row < g.B; row++) {
      const to = dX / 4 + (row * g.T + t) * g.I;
      const from = dRead / 4 + row * g.F;
      if (!takes(attributes, g.T, n, row)) {
        float32.fill(0, to, to + g.I);
        continue;
      }
      float32.copyWithin(to, from, from + g.I);
      float32.copyWithin(carry / 4 + row * g.V, from + g.I, from + g.F);
    }
  });
}

/**
 * Copies the gradients of the final attention weights to the rows whose last step this is; returns whether
 * there are any.
 */
function takeAlignments({ backend, attributes, g, gradientOf }: Pass, n: number, to: number): boolean {
  const from = gradientOf('alignments') / 4;
  const isLast = (row: number) =>
    takes(attributes, g.T, n, row) && (n === g.T - 1 || !takes(attributes, g.T, n + 1, row));
  const rows = Array.from({ length: g.B }, (_, row) => row).filter(isLast);
  if (rows.length === 0) return false;
  backend.between(() => {
    const { floats } = backend;
    floats.fill(0, to / 4, to / 4 + g.B * g.S);
    for (const row of rows) {
      floats.copyWithin(to / 4 + row * g.S, from + row * g.S, from + (row + 1) * g.S);
      floats.fill(0, from + row * g.S, from + (row + 1) * g.S);
    }
  });
  return true;
}

/**
 * Gathers the gradient of a step's result, which is both its output and the vector fed to the next step: the
 * attentional vector, or [h; c].
 */
function gatherOutput(pass: Pass, n: number, t: number, carry: number, to: number): void {
  const { backend, attributes, given, g } = pass;
  const from = backend.address(given.dOutput!, WHAT);
  const width = g.O;
  const fed = width - g.V;
  if (attributes.lengths === null && fed === 0) {
    const sum = { kind: 'add', rows: g.B, columns: g.V, xRow: g.T * g.V, yRow: g.V } as const;
    runBinary(pass, { ...sum, x: from + 4 * t * g.V, y: carry, z: to });
    return;
  }
  backend.between(() => {
    const { floats: float32 } = backend;
    for (let row = 0; row < g.B; row++) {
      const own = to / 4 + row * width;
      if (!takes(attributes, g.T, n, row)) {
        float32.fill(0, own, own + width);
        continue;
      }
      const source = from / 4 + (row * g.T + t) * width;
      float32.copyWithin(own, source, source + width);
      for (let j = 0; j < g.V; j++) float32[own + fed + j]! += float32[carry / 4 + row * g.V + j]!;
    }
  });
}

/** The layer's kept values of all steps, arranged like the rows of a single step. */
function keptOfAll({ backend, attributes, g, at }: Pass): number {
  const { engine } = backend;
  const runs = reserveRuns(engine.sizes('backward'), attributes.layer);
  if (runs.length === 1 || g.T === 1) return at.reserve;
  const kept = engine.temporary(4 * g.B * g.T * g.reserve, WHAT);
  let before = 0;
  for (const run of runs) {
    const width = g.B * run;
    const [x, y] = [at.reserve + 4 * g.B * before, kept + 4 * g.B * g.T * before];
    copyRows(backend, { rows: g.T, width, xStride: g.B * g.reserve, yStride: width, x, y });
    before += run;
  }
  return kept;
}

/** The gradients of all weights, each computed as one sum over all steps. */
function weightsBack(pass: Pass, { dVector, dQuery }: OfSteps): void {
  const { backend, inputs, attributes, g, at, gradientOf, record, lengths, threads } = pass;
  const { engine } = backend;
  const rows = g.B * g.T;
  const columns = gateColumns(attributes.layer);
  const operands = g.F + wasmType(attributes.layer).operands(attributes.layer) * g.H;
  const sums = g.F + g.H + 2;
  const groups = gradientGroups(rows, rows, sums);
  const zeros = backend.zeros(Math.max(g.F, g.H), WHAT);
  engine.write(SequenceArguments, {
    ...record,
    batch: rows,
    lengths,
    x: at.read,
    initialH: at.h,
    initialC: inputs.c && at.c,
    output: at.output,
    reserve: keptOfAll(pass),
    dKernel: gradientOf('kernel'),
    dRecurrentKernel: gradientOf('recurrentKernel'),
    dBias: gradientOf('bias'),
    dRecurrentBias: inputs.recurrentBias && gradientOf('recurrentBias'),
    groups,
    partials: engine.temporary(4 * (groups - 1) * sums * columns, WHAT),
    packedOperands: engine.temporary(operandBytes(rows, 1, groups, operands), WHAT),
    zeros: lengths && zeros,
  });
  engine.run('packWeightOperands', Math.min(threads, engine.threadsToPack(rows * operands)));
  engine.run('weightGradients', threads);
  if (groups > 1) engine.run('sumWeightGradients', engine.threadsFor(groups * sums * columns));
  if (inputs.attentionKernel)
    productGradient(pass, at.both, dVector, g.C, g.V, gradientOf('attentionKernel'));
  if (inputs.queryKernel) productGradient(pass, at.output, dQuery, g.H, g.U, gradientOf('queryKernel'));
}

/** dW = xᵀ·dy over all steps. */
function productGradient(
  pass: Pass,
  x: number,
  dy: number,
  inputSize: number,
  units: number,
  dKernel: number,
): void {
  const { engine } = pass.backend;
  const rows = pass.g.B * pass.g.T;
  const threads = engine.threadsFor(rows * inputSize * units);
  const scratchBytes = engine.sizes('linearGradients').weightScratchBytes(inputSize);
  const sums = inputSize + 1;
  const groups = gradientGroups(rows, rows, sums);
  engine.write(LinearGradientArguments, {
    ...{ rows, inputSize, units, x, dy, dKernel, scratchBytes, groups },
    scratch: engine.temporary(scratchBytes * threads, WHAT),
    partials: engine.temporary(4 * (groups - 1) * sums * units, WHAT),
  });
  engine.run('linearGradients', threads);
  if (groups > 1) engine.run('sumLinearGradients', engine.threadsFor(groups * sums * units));
}
