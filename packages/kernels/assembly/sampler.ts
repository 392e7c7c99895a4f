/**
 * Sampling: the whole loop of one character at a time, without leaving WebAssembly: ids → embedding or kernel rows → stacked recurrent
 * layers → dense → temperature → draw → the next id. Weights are packed once, when the sampler is made. A sampler feeds `batch` rows
 * side by side, each with a state of its own; a row's numbers do not depend on the others, bit for bit. It draws for one row only.
 *
 * Threads go through the steps together, each with its own blocks of units (unit-blocks.ts) in every layer and its own columns of
 * the dense layer, so that a core reads the same share of the weights in every step. They meet at a barrier after each layer, since
 * the next needs all of its output, and after the dense layer. A layer reads its old state in one buffer and writes the new one to the
 * other, hence nobody overwrites what a slower thread still reads. Every thread draws for itself, from the same logits and the
 * same random number, rather than wait for one that does. No sum is split, so the number of threads changes no bit.
 */
import { barrier } from './barrier';
import { draw, nextState } from './draw';
import { Sigmoid } from './gate-activation';
import { EDGE_BYTES } from './matrix-product';
import { gruReset, gruRow } from './gru';
import { lstmRow } from './lstm';
import { rowsProduct } from './row-product';
import { GRU_RESET_AFTER, GRU_RESET_BEFORE, LSTM, RNN_RELU, gateCount, rangeBoundary } from './sequence';
import { rnnRow } from './simple-rnn';
import { addRow, blockBytes, blockCount, blockUnits, evenRows, packedGateBytes } from './unit-blocks';

@unmanaged
export class SamplerArguments {
  layers: i32;
  /** Address of `layers` SamplerLayer records. */
  table: usize;
  /** [V,D] rows, or 0 when the first layer takes ids. */
  embeddings: usize;
  dimension: i32;
  classes: i32;
  /** Packed dense kernel and its bias, rounded up to 32; 0: the last layer's output is the logits. */
  packedDense: usize;
  denseBias: usize;
  /** [batch, classes rounded up to 32] floats. */
  logits: usize;
  /** [blocks, batch] pre-activations of the widest layer. */
  gates: usize;
  /** r ∘ h of the GRU that needs it, as long as the longest state. */
  reset: usize;
  /** Scratch of thread i starts at scratch + i · scratchBytes: 64 bytes, EDGE_BYTES, `classes` floats, the rows looked up [batch, D]. */
  scratch: usize;
  scratchBytes: u32;
  batch: i32;
  /** Steps to feed before drawing, and the address of their ids [prime, batch]. */
  prime: i32;
  primeIds: usize;
  /** Ids to draw, with one row only: count and address. */
  count: i32;
  output: usize;
  random: u32;
  temperature: f32;
  topK: i32;
}

@unmanaged
export class SamplerLayer {
  layer: i32;
  inputSize: i32;
  units: i32;
  /** Rows [V, gates · units] for a layer that takes ids, else 0. */
  kernel: usize;
  /** 0 for a layer that takes ids. */
  packedKernel: usize;
  packedRecurrent: usize;
  bias: usize;
  /** Two states [batch, stateStride]: the one before and the one after a step; between runs the first holds. */
  h: usize;
  /** [batch, stateStride] */
  c: usize;
  /** Bytes from one row's state to the next. */
  stateStride: u32;
}

const LAYER_BYTES: usize = 40;

/** One thread's view of a run, at the beginning of its scratch. */
@unmanaged
class Thread {
  args: SamplerArguments;
  index: i32;
  threads: i32;
  /** Which of the two buffers holds the states. */
  parity: i32;
  /** The id that it drew. */
  id: i32;
  edge: usize;
  weights: usize;
  inputs: usize;
}
const THREAD_BYTES: usize = 64;

function threadView(args: SamplerArguments, index: i32, threads: i32): Thread {
  const scratch = args.scratch + <usize>index * <usize>args.scratchBytes;
  const thread = changetype<Thread>(scratch);
  thread.args = args;
  thread.index = index;
  thread.threads = threads;
  thread.parity = 0;
  thread.edge = scratch + THREAD_BYTES;
  thread.weights = thread.edge + EDGE_BYTES;
  thread.inputs = thread.weights + (<usize>((args.classes + 31) >> 5) << 7);
  return thread;
}

// @ts-ignore: decorator
@inline
function state(args: SamplerArguments, layer: SamplerLayer, parity: i32): usize {
  return layer.h + <usize>(parity * args.batch) * <usize>layer.stateStride;
}

/** A multiple of 16 bytes; faster than the call that memory.copy is, for some hundred of them. */
function copy(target: usize, source: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) v128.store(target + i, v128.load(source + i));
}

/** The pre-activations of a block: the bias, the id's row, x · W, and what of h · R is ready. */
function preActivations(args: SamplerArguments, layer: SamplerLayer, block: i32, ids: usize, x: usize, xStride: usize, h: usize, edge: usize): usize {
  const type = layer.layer;
  const rows = args.batch;
  const gates = gateCount(type);
  const bytes = blockBytes(type);
  const columns = gates * blockUnits(type);
  const a = args.gates + <usize>(block * rows) * bytes;
  for (let r = 0; r < rows; r++) {
    const row = a + <usize>r * bytes;
    copy(row, layer.bias + <usize>block * bytes, bytes);
    if (layer.kernel) addRow(type, layer.units, block, layer.kernel + (<usize>load<i32>(ids + (<usize>r << 2)) * <usize>(gates * layer.units) << 2), row);
  }
  if (layer.packedKernel) {
    const kernel = layer.packedKernel + <usize>(block * gates) * packedGateBytes(type, layer.inputSize);
    rowsProduct(rows, columns, evenRows(layer.inputSize), x, xStride, kernel, a, bytes, edge);
  }
  const ready = gates == 3 ? 2 * blockUnits(type) : columns;
  rowsProduct(rows, ready, evenRows(layer.units), h, layer.stateStride, recurrent(layer, block, 0), a, bytes, edge);
  if (type == GRU_RESET_AFTER) candidate(args, layer, block, h, a + 3 * (bytes >> 2), edge);
  return a;
}

/** The packed recurrent kernel of a block's gate. */
function recurrent(layer: SamplerLayer, block: i32, gate: i32): usize {
  return layer.packedRecurrent + <usize>(block * gateCount(layer.layer) + gate) * packedGateBytes(layer.layer, layer.units);
}

/** target += h · Rn, of a GRU. */
function candidate(args: SamplerArguments, layer: SamplerLayer, block: i32, h: usize, target: usize, edge: usize): void {
  const units = blockUnits(layer.layer);
  rowsProduct(args.batch, units, evenRows(layer.units), h, layer.stateStride, recurrent(layer, block, 2), target, blockBytes(layer.layer), edge);
}

/** A block's new state, from its pre-activations `a`. */
function finish(args: SamplerArguments, layer: SamplerLayer, block: i32, a: usize, before: usize, after: usize): void {
  const type = layer.layer;
  const units = blockUnits(type);
  const place = <usize>(block * units) << 2;
  for (let r = 0; r < args.batch; r++) {
    const offset = <usize>r * <usize>layer.stateStride + place;
    const row = a + <usize>r * blockBytes(type);
    const h = after + offset;
    if (type == LSTM) lstmRow<Sigmoid>(row, false, h, layer.c + offset, 0, units);
    else if (gateCount(type) == 3) {
      copy(h, before + offset, <usize>units << 2);
      gruRow<Sigmoid>(row, type == GRU_RESET_AFTER, false, h, 0, units);
    } else rnnRow(row, type == RNN_RELU, false, h, 0, units);
  }
}

/** One step of one layer: ids, or x with `xStride` bytes from row to row → the state's other buffer. */
function layerStep(thread: Thread, layer: SamplerLayer, ids: usize, x: usize, xStride: usize): void {
  const args = thread.args;
  const blocks = blockCount(layer.layer, layer.units);
  const first = rangeBoundary(blocks, thread.index, thread.threads);
  const end = rangeBoundary(blocks, thread.index + 1, thread.threads);
  const before = state(args, layer, thread.parity);
  const after = state(args, layer, 1 - thread.parity);
  const resetFirst = layer.layer == GRU_RESET_BEFORE;
  for (let b = first; b < end; b++) {
    const a = preActivations(args, layer, b, ids, x, xStride, before, thread.edge);
    if (resetFirst) resetState(args, layer, b, a, before);
    else finish(args, layer, b, a, before, after);
  }
  barrier(thread.index, thread.threads);
  if (!resetFirst) return;
  const bytes = blockBytes(layer.layer);
  for (let b = first; b < end; b++) {
    const a = args.gates + <usize>(b * args.batch) * bytes;
    candidate(args, layer, b, args.reset, a + 2 * (bytes >> 2), thread.edge);
    finish(args, layer, b, a, before, after);
  }
  barrier(thread.index, thread.threads);
}

/** The gates of a block of a reset-before GRU, and its share of r ∘ h. */
function resetState(args: SamplerArguments, layer: SamplerLayer, block: i32, a: usize, before: usize): void {
  const units = blockUnits(layer.layer);
  const bytes = blockBytes(layer.layer);
  for (let r = 0; r < args.batch; r++) {
    const row = a + <usize>r * bytes;
    const offset = <usize>r * <usize>layer.stateStride + (<usize>(block * units) << 2);
    gruReset<Sigmoid>(row, before + offset, units);
    copy(args.reset + offset, row + 3 * (bytes >> 2), bytes >> 2);
  }
}

/** Feeds one id a row: new states and, when `wanted`, the logits, whose address it answers. */
function feed(thread: Thread, ids: usize, wanted: bool): usize {
  const args = thread.args;
  let x: usize = 0;
  let size = args.dimension;
  let stride = <usize>evenRows(size) << 2;
  if (args.embeddings) {
    x = thread.inputs;
    const bytes = <usize>size << 2;
    for (let r = 0; r < args.batch; r++) {
      memory.copy(x + <usize>r * stride, args.embeddings + <usize>load<i32>(ids + (<usize>r << 2)) * bytes, bytes);
    }
  }
  for (let n = 0; n < args.layers; n++) {
    const layer = layerAt(args, n);
    layerStep(thread, layer, ids, x, stride);
    x = state(args, layer, 1 - thread.parity);
    size = layer.units;
    stride = layer.stateStride;
  }
  thread.parity = 1 - thread.parity;
  if (!args.packedDense) return x;
  if (wanted) readOut(thread, x, stride, size);
  return args.logits;
}

// @ts-ignore: decorator
@inline
function layerAt(args: SamplerArguments, n: i32): SamplerLayer {
  return changetype<SamplerLayer>(args.table + <usize>n * LAYER_BYTES);
}

/** The logits of all rows, from the last layer's output; by strips of 32 columns. */
function readOut(thread: Thread, x: usize, stride: usize, size: i32): void {
  const args = thread.args;
  const strips = (args.classes + 31) >> 5;
  const first = rangeBoundary(strips, thread.index, thread.threads);
  const columns = (rangeBoundary(strips, thread.index + 1, thread.threads) - first) << 5;
  const k = evenRows(size);
  const offset = <usize>first << 7;
  const bytes = <usize>strips << 7;
  for (let r = 0; r < args.batch; r++) {
    memory.copy(args.logits + <usize>r * bytes + offset, args.denseBias + offset, <usize>columns << 2);
  }
  const kernel = args.packedDense + (<usize>first << 7) * <usize>k;
  rowsProduct(args.batch, columns, k, x, stride, kernel, args.logits + offset, bytes, thread.edge);
  barrier(thread.index, thread.threads);
}

/** The states go to the first buffer, each thread its blocks; the logits of a model without dense layer to their place. */
function settle(thread: Thread, logits: usize): void {
  const args = thread.args;
  if (logits != args.logits && thread.index == 0) {
    const top = layerAt(args, args.layers - 1);
    const bytes = <usize>((args.classes + 31) >> 5) << 7;
    for (let r = 0; r < args.batch; r++) {
      memory.copy(args.logits + <usize>r * bytes, logits + <usize>r * <usize>top.stateStride, <usize>args.classes << 2);
    }
  }
  if (thread.parity == 0) return;
  for (let n = 0; n < args.layers; n++) {
    const layer = layerAt(args, n);
    const blocks = blockCount(layer.layer, layer.units);
    const unitBytes = <usize>blockUnits(layer.layer) << 2;
    const first = <usize>rangeBoundary(blocks, thread.index, thread.threads) * unitBytes;
    const end = <usize>rangeBoundary(blocks, thread.index + 1, thread.threads) * unitBytes;
    for (let r = 0; r < args.batch; r++) {
      const row = <usize>r * <usize>layer.stateStride + first;
      memory.copy(state(args, layer, 0) + row, state(args, layer, 1) + row, end - first);
    }
  }
}

/** Feeds the prime ids, then draws `count` ids and feeds each back; `logits` are those of the ids that would come next. */
export function sample(args: SamplerArguments, index: i32, threads: i32): void {
  const thread = threadView(args, index, threads);
  const step = <usize>args.batch << 2;
  let random = args.random;
  let logits = args.logits;
  for (let i = 0; i < args.prime; i++) logits = feed(thread, args.primeIds + <usize>i * step, i == args.prime - 1);
  for (let i = 0; i < args.count; i++) {
    if (args.temperature > 0) random = nextState(random);
    thread.id = draw(logits, args.classes, args.temperature, args.topK, random, thread.weights);
    if (index == 0) store<i32>(args.output + (<usize>i << 2), thread.id);
    logits = feed(thread, changetype<usize>(thread) + offsetof<Thread>('id'), true);
  }
  settle(thread, logits);
  // Every thread has read it: all have passed the barriers of the last step.
  if (index == 0) args.random = random;
}
