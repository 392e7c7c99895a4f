/**
 * The common code of the forward and backward pass of a sequence with input feeding: its sizes, the memory
 * block of the forward pass, and the jobs of one step. Steps are numbered in the order in which they run. The
 * data of a step is contiguous, [B,…], and steps are consecutive.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { MatmulArguments, SequenceArguments } from '../../generated/abi';
import { layerFacts } from '../../layers/layer-facts';
import { layerType } from '../../layers/layer-types';
import type { FedAttributes } from '../../ops/attention-sequence';
import type { BufferSizes } from '../engine/buffer-sizes';
import type { KernelHost } from './host';
import type { Inputs } from './kernel';
import { gateColumns, hasHardGates, reserveWidth, wasmType } from './layer-kinds';

/** The name of the op, for error messages. */
export const WHAT = 'attentionSequence';

/**
 * Sizes: H units, I length of x, F length of the layer's input, V length of the vector fed back, C = H + M, O
 * length of the output.
 */
export interface FedSizes {
  readonly B: number;
  readonly T: number;
  readonly I: number;
  readonly F: number;
  readonly H: number;
  readonly S: number;
  readonly U: number;
  readonly M: number;
  readonly C: number;
  readonly V: number;
  readonly O: number;
  readonly reserve: number;
}

export function fedSizes(inputs: Inputs, { layer }: FedAttributes, sizes: BufferSizes): FedSizes {
  const [B, T, I] = inputs.x!.shape as [number, number, number];
  const [, S, U] = inputs.keys!.shape as [number, number, number];
  const M = inputs.memory!.shape[2]!;
  const H = layer.units;
  const V = inputs.attention!.shape[1]!;
  const C = H + M;
  const O = inputs.attentionKernel ? V : C;
  return { B, T, I, F: I + V, H, S, U, M, C, V, O, reserve: reserveWidth(sizes, layer) };
}

/** The addresses in bytes of the arrays of a pass. */
export interface FedBlock {
  /** The layer's input, [T,B,F]. */
  readonly read: number;
  /** The layer's states before each step and after the last one, [T + 1,B,H]. */
  readonly h: number;
  readonly c: number;
  /** The layer's outputs, 0 past a row's length, [T,B,H]. */
  readonly output: number;
  readonly reserve: number;
  /** [h; c], [T,B,C]. */
  readonly both: number;
  /** The queries, [T,B,U]. */
  readonly query: number;
  readonly alignments: number;
  /** The attentional vectors, [T,B,V]. */
  readonly vector: number;
}

/** Size of each array in bytes. */
function bytesOf(g: FedSizes, inputs: Inputs): Record<keyof FedBlock, number> {
  const rows = 4 * g.B * g.T;
  const states = 4 * g.B * (g.T + 1) * g.H;
  return {
    read: rows * g.F,
    h: states,
    c: inputs.c ? states : 0,
    output: rows * g.H,
    reserve: rows * g.reserve,
    both: rows * g.C,
    query: inputs.queryKernel ? rows * g.U : 0,
    alignments: rows * g.S,
    vector: inputs.attentionKernel ? rows * g.V : 0,
  };
}

const line = (bytes: number) => Math.ceil(bytes / 64) * 64 + 64;

/** Size in bytes of the whole block: B·T·(F + 2H + reserve + C + U + S + V) floats and the states. */
export const blockBytes = (g: FedSizes, inputs: Inputs): number =>
  Object.values(bytesOf(g, inputs)).reduce((sum, bytes) => sum + line(bytes), 0);

export function blockAt(address: number, g: FedSizes, inputs: Inputs): FedBlock {
  let next = address;
  const places = Object.entries(bytesOf(g, inputs)).map(([name, bytes]) => {
    const at = next;
    next += line(bytes);
    return [name, at] as const;
  });
  return Object.fromEntries(places) as unknown as FedBlock;
}

/**
 * A matrix product whose right-hand side is packed once for all steps: C [B,columns] = A [B,inner] · W, or A
 * · Wᵀ.
 */
export function stepProduct(
  backend: KernelHost,
  weights: TensorInfo,
  rows: number,
  transposed: boolean,
): (a: number, c: number) => void {
  const { engine } = backend;
  const sizes = engine.sizes('matmul');
  const inner = weights.shape[transposed ? 1 : 0]!;
  const columns = weights.shape[transposed ? 0 : 1]!;
  const threads = engine.threadsFor(rows * columns * inner);
  const common = {
    ...{ batch: 1, rows, columns, inner, transposeA: false, transposeB: transposed, aBatch: 0, bBatch: 0 },
    a: backend.address(weights, WHAT), // Not read by the packing job.
    b: backend.address(weights, WHAT),
    packed: engine.temporary(4 * sizes.paddedColumns(columns) * inner, WHAT),
    scratch: engine.temporary(sizes.productScratchBytes * threads, WHAT),
  };
  const unused = engine.temporary(4 * rows * columns, WHAT);
  const left = engine.temporary(4 * rows * inner, WHAT);
  engine.write(MatmulArguments, { ...common, a: left, c: unused });
  engine.run('packMatmul', engine.threadsToPack(columns * inner));
  return (a, c) => {
    engine.write(MatmulArguments, { ...common, a, c });
    engine.run('matmul', threads);
  };
}

/** The record of the layer's jobs for one step, or for all steps as the rows of one step. */
export function layerRecord(
  backend: KernelHost,
  inputs: Inputs,
  { layer }: FedAttributes,
  g: FedSizes,
  threads: number,
): SequenceArguments {
  const { engine } = backend;
  const sizes = engine.sizes('forward');
  const { gates } = layerType(layer);
  const columns = gateColumns(layer);
  const scratchBytes = Math.max(sizes.sequenceScratchBytes(g.B, g.H, threads), sizes.productScratchBytes);
  return {
    ...SequenceArguments.blank,
    layer: wasmType(layer).code(layer),
    batch: g.B,
    time: 1,
    inputSize: g.F,
    units: g.H,
    hardGates: hasHardGates(layer),
    reserveWidth: g.reserve,
    kernel: backend.address(inputs.kernel!, WHAT),
    recurrentKernel: backend.address(inputs.recurrentKernel!, WHAT),
    bias: backend.address(inputs.bias!, WHAT),
    recurrentBias: inputs.recurrentBias && backend.address(inputs.recurrentBias, WHAT),
    packedRecurrent: engine.temporary(4 * sizes.packedRecurrentFloats(gates.length, g.H), WHAT),
    packedKernel: engine.temporary(
      4 * Math.max(sizes.packedKernelFloats(columns / g.H, g.H, g.F), columns * sizes.paddedColumns(g.F)),
      WHAT,
    ),
    scratch: engine.temporary(scratchBytes * threads, WHAT),
    scratchBytes,
  };
}

/** The time index of the n-th step. */
export const timeOf = ({ reverse }: FedAttributes, T: number, n: number) => (reverse ? T - 1 - n : n);

/** Whether a row takes the n-th step. */
export function takes(attributes: FedAttributes, T: number, n: number, row: number): boolean {
  return attributes.lengths === null || timeOf(attributes, T, n) < attributes.lengths[row]!;
}

/**
 * A mask [T,B], 1 where a row takes the step and 0 elsewhere; the address is 0 if every row takes all steps.
 */
export function stepLengths(backend: KernelHost, attributes: FedAttributes, g: FedSizes): number {
  if (attributes.lengths === null) return 0;
  const rows = Array.from({ length: g.T * g.B }, (_, i) =>
    Number(takes(attributes, g.T, Math.floor(i / g.B), i % g.B)),
  );
  return backend.engine.temporaryIntegers(rows, WHAT);
}

/** The number of threads for the layer's step. */
export function stepThreads({ engine }: KernelHost, { layer }: FedAttributes, g: FedSizes): number {
  return engine.threadsFor(g.B * gateColumns(layer) * (g.F + g.H));
}

/** The names of the layer's states. */
export const stateNames = ({ layer }: FedAttributes) => layerFacts(layer).states.map(([name]) => name);
