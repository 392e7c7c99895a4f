/**
 * What the recurrent layers share: the argument record, the packing of their weights, and the row ranges of threads.
 *
 * Layouts. Public tensors are batch-major and tight: x [B,T,I], output [B,T,H], states [B,H], kernel [I,G·H], recurrent kernel
 * [H,G·H], bias [G·H], with G gates in the order of `src/gates.ts`. Inside, every gate takes P columns, P being H rounded up
 * to 8, an LSTM's to 4 (`gateWidth`), so that vectors never straddle two gates; padding columns are zero in weights and gradients.
 * `reserve` holds, for each (b, t), what the backward pass needs; the columns are stated in each layer's file. The backward pass
 * overwrites its first gates with the gradients of the pre-activations, from which the weight and input gradients follow.
 *
 * Threads take ranges of batch rows through the whole sequence, so no step waits for another thread; the weight gradients are
 * split over columns. No sum is ever split.
 */
import { PANEL, packFourColumns } from './matrix-product';
import { loadFloats } from './vector-math';

export const LSTM: i32 = 0;
export const GRU_RESET_AFTER: i32 = 1;
export const GRU_RESET_BEFORE: i32 = 2;
export const RNN_TANH: i32 = 3;
export const RNN_RELU: i32 = 4;

/** The argument record, 32-bit fields, in the order of `src/engine/sequence-arguments.ts`. Pointers are 0 where absent. */
@unmanaged
export class SequenceArguments {
  layer: i32;
  batch: i32;
  time: i32;
  inputSize: i32;
  units: i32;
  reverse: i32;
  /** Floats of `reserve` for one (b, t). */
  reserveWidth: i32;
  /** i32 per row, or 0 when every row has the full length. */
  lengths: usize;
  /** i32 ids [B,T], or 0 when x is given. */
  ids: usize;
  x: usize;
  kernel: usize;
  recurrentKernel: usize;
  bias: usize;
  recurrentBias: usize;
  initialH: usize;
  initialC: usize;
  output: usize;
  finalH: usize;
  finalC: usize;
  /** 0 when no gradient will be asked for. */
  reserve: usize;
  packedKernel: usize;
  packedRecurrent: usize;
  /** The left-hand sides of the weight gradients. */
  packedOperands: usize;
  /** Scratch of thread i starts at scratch + i · scratchBytes. */
  scratch: usize;
  scratchBytes: u32;
  dOutput: usize;
  dFinalH: usize;
  dFinalC: usize;
  dKernel: usize;
  dRecurrentKernel: usize;
  dBias: usize;
  dRecurrentBias: usize;
  dInitialH: usize;
  dInitialC: usize;
  dX: usize;
  /** Whether the hard sigmoid squashes the gates (LSTM, GRU). */
  hardGates: i32;
}

/** Columns of a state's row in scratch, and of a gate unless `gateWidth` says otherwise. */
// @ts-ignore: decorator
@inline
export function paddedUnits(units: i32): i32 {
  return (units + 7) & ~7;
}

/** Columns of a gate. Four gates of a multiple of 4 fill panels too: a tenth to a quarter less for the LSTMs of 10 and 25 units. */
// @ts-ignore: decorator
@inline
export function gateWidth(layer: i32, units: i32): i32 {
  return layer == LSTM ? (units + 3) & ~3 : paddedUnits(units);
}

// @ts-ignore: decorator
@inline
export function gateCount(layer: i32): i32 {
  return layer == LSTM ? 4 : layer >= RNN_TANH ? 1 : 3;
}

/** First of the `total` rows, panels or blocks that are thread `index`'s of `count`. */
// @ts-ignore: decorator
@inline
export function rangeBoundary(total: i32, index: i32, count: i32): i32 {
  return <i32>((<i64>total * index) / count);
}

// @ts-ignore: decorator
@inline
export function lengthOf(args: SequenceArguments, row: i32): i32 {
  return args.lengths == 0 ? args.time : load<i32>(args.lengths + (<usize>row << 2));
}

/** A tight row of `units` floats to a padded one. */
export function copyPadded(source: usize, target: usize, units: i32, padded: i32): void {
  for (let j = 0; j < padded; j += 4) {
    v128.store(target + (<usize>j << 2), loadFloats(source + (<usize>j << 2), units - j));
  }
}

/** A tight row of `gates` · units floats to a padded one. */
export function copyGates(source: usize, target: usize, gates: i32, units: i32, padded: i32): void {
  for (let g = 0; g < gates; g++) {
    copyPadded(source + (<usize>(g * units) << 2), target + (<usize>(g * padded) << 2), units, padded);
  }
}

/** Packs S[K, gates · units] into panels of the padded gate columns, P a multiple of 4 (a panel may hold the halves of two gates); panels [first, end). */
export function packGates(
  source: usize, k: i32, gates: i32, units: i32, padded: i32, destination: usize, first: i32, end: i32,
): void {
  const stride = <usize>(gates * units) << 2;
  const panelBytes = (<usize>k) << 5;
  for (let half = 2 * first; half < 2 * end; half++) {
    const gate = (half * 4) / padded;
    const j = half * 4 - gate * padded;
    const real = gate < gates ? units - j : 0;
    let from = source + (<usize>(gate * units + j) << 2);
    let target = destination + <usize>(half >> 1) * panelBytes + (<usize>(half & 1) << 4);
    for (let i = 0; i < k; i++) {
      v128.store(target, loadFloats(from, real));
      from += stride;
      target += 32;
    }
  }
}

/**
 * Packs the transpose of gates [firstGate, firstGate + count) of S[rows, gates · units]: B[g·P + j][n] = S[n][(firstGate + g)·units + j],
 * K = count · P, panels [first, end) of 8 rows of S.
 */
export function packGatesTransposed(
  source: usize, rows: i32, gates: i32, firstGate: i32, count: i32, units: i32, padded: i32, destination: usize, first: i32, end: i32,
): void {
  const stride = <usize>(gates * units) << 2;
  const panelBytes = <usize>(count * padded) << 5;
  for (let p = first; p < end; p++) {
    for (let g = 0; g < count; g++) {
      const from = source + (<usize>((firstGate + g) * units) << 2);
      const target = destination + <usize>p * panelBytes + (<usize>(g * padded) << 5);
      packFourColumns(from, stride, units, rows, p * PANEL, target);
      packFourColumns(from, stride, units, rows, p * PANEL + 4, target + 16);
      memory.fill(target + (<usize>units << 5), 0, <usize>(padded - units) << 5);
    }
  }
}
