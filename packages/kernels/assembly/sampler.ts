/**
 * Sampling. The whole loop of one id at a time runs in WebAssembly: ids → embedding or kernel rows → stacked
 * recurrent layers → dense → temperature → draw → the next id. Weights are packed once, when the sampler is
 * created. A sampler feeds `batch` rows at once, each with its own state; a row's results do not depend on
 * the other rows, bit for bit. It draws ids for one row only.
 *
 * All threads run every step. Each has its own blocks of units (unit-blocks.ts) in every layer, so that a
 * core reads the same share of the weights at every step. The threads synchronise at a barrier after each
 * layer, because the next layer needs all of its output. Between two cores that share no cache a barrier can
 * take longer than a layer. A thread therefore does other work between arriving and waiting: it computes the
 * part of the next layer's pre-activations that depends on the old state, h · R. This is half of the layer,
 * or all of it for a layer that reads ids. A layer reads its old state from one buffer and writes the new one
 * to another, so that no thread overwrites data that a slower thread still reads. Every thread computes all
 * logits itself, unless there are many. Every thread also draws the id itself, from the same logits and the
 * same random number, which is cheaper than waiting for one thread's draw. No sum is split between threads,
 * so the bits of the result do not depend on their number.
 */
import { arrive, awaitArrivals, barrier } from './barrier';
import { draw, nextState } from './draw';
import { Sigmoid } from './gate-activation';
import { LayerCode, SamplerArguments, SamplerLayer, THREAD_BYTES } from './generated/abi';
import { gruReset, gruRow } from './gru';
import { lstmRow } from './lstm';
import { rowColumns, rowsProduct } from './row-product';
import { gateCount, rangeBoundary } from './sequence';
import { rnnRow } from './simple-rnn';
import { addRow, blockBytes, blockCount, blockUnits, evenRows, packedGateBytes } from './unit-blocks';

const LAYER_BYTES: usize = offsetof<SamplerLayer>();

/** The state of one thread in a run, at the beginning of its scratch. */
@unmanaged
class Thread {
  args: SamplerArguments;
  index: i32;
  threads: i32;
  /** Which of the two buffers holds the states. */
  parity: i32;
  /** The id that the thread drew. */
  id: i32;
  weights: usize;
  logits: usize;
  inputs: usize;
  edge: usize;
}

/**
 * A thread's scratch has its record and the layers' data, `layerBytes`; the weights of the classes; with
 * `ownLogits` the logits; the rows looked up [batch, D]; and EDGE_BYTES. Each thread's per-step writes are
 * contiguous. Interleaving them with another thread's would cause false sharing: the hardware prefetcher
 * loads adjacent cache lines, which then move between cores at every step.
 */
function threadView(args: SamplerArguments, index: i32, threads: i32): Thread {
  if (offsetof<Thread>() > THREAD_BYTES) ERROR('a Thread is longer than THREAD_BYTES');
  const scratch = args.scratch + <usize>index * <usize>args.scratchBytes;
  const thread = changetype<Thread>(scratch);
  thread.args = args;
  thread.index = index;
  thread.threads = threads;
  thread.parity = 0;
  thread.weights = scratch + args.layerBytes;
  thread.logits = thread.weights + logitBytes(args);
  thread.inputs = thread.logits + (args.ownLogits ? <usize>args.batch * logitBytes(args) : 0);
  thread.edge = (thread.inputs + ((<usize>(args.batch * evenRows(args.dimension))) << 2) + 63) & ~63;
  return thread;
}

/** Number of bytes from one row's logits to the next. @inline */
function logitBytes(args: SamplerArguments): usize {
  return (<usize>((args.classes + 31) >> 5)) << 7;
}

/** @inline */
function state(args: SamplerArguments, layer: SamplerLayer, parity: i32): usize {
  return layer.h + <usize>(parity * args.batch) * <usize>layer.stateStride;
}

/**
 * Copies a multiple of 16 bytes. Up to some hundred bytes this is faster than `memory.copy`, which is a call.
 */
function copy(target: usize, source: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) v128.store(target + i, v128.load(source + i));
}

/** The address of a block's pre-activations. @inline */
function blockGates(thread: Thread, layer: SamplerLayer, block: i32): usize {
  return (
    changetype<usize>(thread) + layer.gates + <usize>(block * thread.args.batch) * blockBytes(layer.layer)
  );
}

/**
 * Computes the part of a block's pre-activations that depends on the state h before the step: the bias, and h
 * · R for the gates that need no other data.
 */
function startBlock(thread: Thread, layer: SamplerLayer, block: i32, h: usize): void {
  const args = thread.args;
  const edge = thread.edge;
  const type = layer.layer;
  const bytes = blockBytes(type);
  const units = blockUnits(type);
  const gates = gateCount(type);
  const a = blockGates(thread, layer, block);
  for (let r = 0; r < args.batch; r++) copy(a + <usize>r * bytes, layer.bias + <usize>block * bytes, bytes);
  const ready = (gates === 3 ? 2 : gates) * units;
  rowsProduct(
    args.batch,
    ready,
    evenRows(layer.units),
    h,
    layer.stateStride,
    recurrent(layer, block, 0),
    a,
    bytes,
    edge,
  );
  if (type === LayerCode.gruResetAfter) candidate(args, layer, block, h, a + 3 * (bytes >> 2), edge);
}

/** Adds the input's part of a block's pre-activations: the ids' rows, or x · W. */
function addInput(
  thread: Thread,
  layer: SamplerLayer,
  block: i32,
  ids: usize,
  x: usize,
  xStride: usize,
): void {
  const args = thread.args;
  const type = layer.layer;
  const bytes = blockBytes(type);
  const gates = gateCount(type);
  const a = blockGates(thread, layer, block);
  if (layer.kernel) {
    for (let r = 0; r < args.batch; r++) {
      const row =
        layer.kernel + ((<usize>load<i32>(ids + ((<usize>r) << 2)) * <usize>(gates * layer.units)) << 2);
      addRow(type, layer.units, block, row, a + <usize>r * bytes);
    }
    return;
  }
  const kernel = layer.packedKernel + <usize>(block * gates) * packedGateBytes(type, layer.inputSize);
  rowsProduct(
    args.batch,
    gates * blockUnits(type),
    evenRows(layer.inputSize),
    x,
    xStride,
    kernel,
    a,
    bytes,
    thread.edge,
  );
}

/** The packed recurrent kernel of one gate of a block. */
function recurrent(layer: SamplerLayer, block: i32, gate: i32): usize {
  return (
    layer.packedRecurrent +
    <usize>(block * gateCount(layer.layer) + gate) * packedGateBytes(layer.layer, layer.units)
  );
}

/** target += h · Rn, for a GRU. */
function candidate(
  args: SamplerArguments,
  layer: SamplerLayer,
  block: i32,
  h: usize,
  target: usize,
  edge: usize,
): void {
  const units = blockUnits(layer.layer);
  rowsProduct(
    args.batch,
    units,
    evenRows(layer.units),
    h,
    layer.stateStride,
    recurrent(layer, block, 2),
    target,
    blockBytes(layer.layer),
    edge,
  );
}

/** Computes a block's new state from its pre-activations. */
function finishBlock(thread: Thread, layer: SamplerLayer, block: i32, before: usize, after: usize): void {
  const args = thread.args;
  const type = layer.layer;
  const units = blockUnits(type);
  const place = (<usize>(block * units)) << 2;
  for (let r = 0; r < args.batch; r++) {
    const row = blockGates(thread, layer, block) + <usize>r * blockBytes(type);
    const offset = <usize>r * <usize>layer.stateStride + place;
    const h = after + offset;
    if (type === LayerCode.lstm)
      lstmRow<Sigmoid>(row, false, h, changetype<usize>(thread) + layer.threadC + offset, 0, units, 0, units);
    else if (gateCount(type) === 3) {
      copy(h, before + offset, (<usize>units) << 2);
      gruRow<Sigmoid>(row, type === LayerCode.gruResetAfter, false, h, 0, units, 0, units);
    } else rnnRow(row, type === LayerCode.simpleRnnRelu, false, h, 0, units, 0, units);
  }
}

/** @inline */
function firstBlock(layer: SamplerLayer, index: i32, threads: i32): i32 {
  return rangeBoundary(blockCount(layer.layer, layer.units), index, threads);
}

/** Computes the part of the old state, in the buffer `parity`, for this thread's blocks. */
function startLayer(thread: Thread, layer: SamplerLayer, parity: i32): void {
  const args = thread.args;
  const end = firstBlock(layer, thread.index + 1, thread.threads);
  const before = state(args, layer, parity);
  for (let b = firstBlock(layer, thread.index, thread.threads); b < end; b++)
    startBlock(thread, layer, b, before);
}

/**
 * Computes the rest of a layer's step, from ids, or from x with `xStride` bytes between rows: this thread's
 * blocks of the state's other buffer.
 */
function finishLayer(thread: Thread, layer: SamplerLayer, ids: usize, x: usize, xStride: usize): void {
  const args = thread.args;
  const first = firstBlock(layer, thread.index, thread.threads);
  const end = firstBlock(layer, thread.index + 1, thread.threads);
  const before = state(args, layer, thread.parity);
  const after = state(args, layer, 1 - thread.parity);
  const resetFirst = layer.layer === LayerCode.gruResetBefore;
  for (let b = first; b < end; b++) {
    addInput(thread, layer, b, ids, x, xStride);
    if (resetFirst) resetState(thread, layer, b, before);
    else finishBlock(thread, layer, b, before, after);
  }
  if (!resetFirst) return;
  barrier(thread.index, thread.threads);
  for (let b = first; b < end; b++) {
    const target = blockGates(thread, layer, b) + 2 * (blockBytes(layer.layer) >> 2);
    candidate(args, layer, b, args.reset, target, thread.edge);
    finishBlock(thread, layer, b, before, after);
  }
}

/** Computes the gates of a block of a reset-before GRU, and its share of r ∘ h. */
function resetState(thread: Thread, layer: SamplerLayer, block: i32, before: usize): void {
  const args = thread.args;
  const units = blockUnits(layer.layer);
  const bytes = blockBytes(layer.layer);
  for (let r = 0; r < args.batch; r++) {
    const row = blockGates(thread, layer, block) + <usize>r * bytes;
    const offset = <usize>r * <usize>layer.stateStride + ((<usize>(block * units)) << 2);
    gruReset<Sigmoid>(row, before + offset, units);
    copy(args.reset + offset, row + 3 * (bytes >> 2), bytes >> 2);
  }
}

/**
 * Feeds one id for each row. Computes the new states and, if `wanted`, the logits, whose address it returns.
 * The first layer must have been started. If another step follows (`again`), the first layer is started for
 * it.
 */
function feed(thread: Thread, ids: usize, wanted: bool, again: bool): usize {
  const args = thread.args;
  let x: usize = 0;
  let stride = (<usize>evenRows(args.dimension)) << 2;
  if (args.embeddings) {
    x = thread.inputs;
    const bytes = (<usize>args.dimension) << 2;
    for (let r = 0; r < args.batch; r++) {
      memory.copy(
        x + <usize>r * stride,
        args.embeddings + <usize>load<i32>(ids + ((<usize>r) << 2)) * bytes,
        bytes,
      );
    }
  }
  for (let n = 0; n < args.layers; n++) {
    const layer = layerAt(args, n);
    finishLayer(thread, layer, ids, x, stride);
    const goal = arrive(thread.threads);
    const top = n + 1 === args.layers;
    // A single layer reads the state that the other threads are still writing, so it must wait.
    if (args.layers === 1) awaitArrivals(goal, thread.index, thread.threads);
    if (!top || again)
      startLayer(thread, layerAt(args, top ? 0 : n + 1), top ? 1 - thread.parity : thread.parity);
    awaitArrivals(goal, thread.index, thread.threads);
    x = state(args, layer, 1 - thread.parity);
    stride = layer.stateStride;
  }
  thread.parity = 1 - thread.parity;
  return wanted && args.packedDense ? readOut(thread, x, stride) : x;
}

/** @inline */
function layerAt(args: SamplerArguments, n: i32): SamplerLayer {
  return changetype<SamplerLayer>(args.table + <usize>n * LAYER_BYTES);
}

/**
 * Computes the logits of all rows from the last layer's output, and returns their address. If threads share
 * the logits, each computes strips of 32 columns.
 */
function readOut(thread: Thread, x: usize, stride: usize): usize {
  const args = thread.args;
  const own = args.ownLogits !== 0;
  const logits = own ? thread.logits : args.logits;
  const bytes = logitBytes(args);
  const strips = <i32>(bytes >> 7);
  const first = own ? 0 : rangeBoundary(strips, thread.index, thread.threads) << 5;
  const end = own
    ? args.classes
    : min(rangeBoundary(strips, thread.index + 1, thread.threads) << 5, args.classes);
  const columns = rowColumns(end - first);
  const k = evenRows(layerAt(args, args.layers - 1).units);
  const offset = (<usize>first) << 2;
  for (let r = 0; r < args.batch; r++) {
    memory.copy(logits + <usize>r * bytes + offset, args.denseBias + offset, (<usize>columns) << 2);
  }
  rowsProduct(
    args.batch,
    columns,
    k,
    x,
    stride,
    args.packedDense + offset * <usize>k,
    logits + offset,
    bytes,
    thread.edge,
  );
  if (!own) barrier(thread.index, thread.threads);
  return logits;
}

/** Copies this thread's blocks of a layer's rows. */
function copyShare(thread: Thread, layer: SamplerLayer, target: usize, source: usize): void {
  const unitBytes = (<usize>blockUnits(layer.layer)) << 2;
  const first = <usize>firstBlock(layer, thread.index, thread.threads) * unitBytes;
  const end = <usize>firstBlock(layer, thread.index + 1, thread.threads) * unitBytes;
  for (let r = 0; r < thread.args.batch; r++) {
    const row = <usize>r * <usize>layer.stateStride + first;
    copy(target + row, source + row, end - first);
  }
}

/** Copies this thread's share of the states c, and starts the first step. */
function begin(thread: Thread): void {
  const args = thread.args;
  for (let n = 0; n < args.layers; n++) {
    const layer = layerAt(args, n);
    if (layer.c) copyShare(thread, layer, changetype<usize>(thread) + layer.threadC, layer.c);
  }
  startLayer(thread, layerAt(args, 0), 0);
}

/** Writes the states, each thread its own blocks, and the logits to their places between runs. */
function settle(thread: Thread, logits: usize): void {
  const args = thread.args;
  for (let n = 0; n < args.layers; n++) {
    const layer = layerAt(args, n);
    if (layer.c) copyShare(thread, layer, layer.c, changetype<usize>(thread) + layer.threadC);
    if (thread.parity) copyShare(thread, layer, state(args, layer, 0), state(args, layer, 1));
  }
  if (logits === args.logits || thread.index > 0) return;
  const bytes = logitBytes(args);
  const stride = args.packedDense ? bytes : <usize>layerAt(args, args.layers - 1).stateStride;
  for (let r = 0; r < args.batch; r++) {
    memory.copy(args.logits + <usize>r * bytes, logits + <usize>r * stride, (<usize>args.classes) << 2);
  }
}

/**
 * Feeds the prime ids, then draws `count` ids and feeds each back. `logits` are those of the id after the
 * last one.
 */
export function sample(args: SamplerArguments, index: i32, threads: i32): void {
  const thread = threadView(args, index, threads);
  const step = (<usize>args.batch) << 2;
  let random = args.random;
  let logits = args.logits;
  let left = args.prime + args.count;
  begin(thread);
  for (let i = 0; i < args.prime; i++) {
    logits = feed(thread, args.primeIds + <usize>i * step, i === args.prime - 1, --left > 0);
  }
  for (let i = 0; i < args.count; i++) {
    if (args.temperature > 0) random = nextState(random);
    thread.id = draw(logits, args.classes, args.temperature, args.topK, random, thread.weights);
    if (index === 0) store<i32>(args.output + ((<usize>i) << 2), thread.id);
    logits = feed(thread, changetype<usize>(thread) + offsetof<Thread>('id'), true, --left > 0);
  }
  settle(thread, logits);
  // All threads have read it, because all have passed the barriers of the last step.
  if (index === 0) args.random = random;
}
