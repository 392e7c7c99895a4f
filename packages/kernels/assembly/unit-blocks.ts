/**
 * The sampler's layout of a recurrent layer. A sampler multiplies one or a few rows by weights that are read
 * once per step, so the weights are grouped by blocks of units. A thread owns a range of blocks. Their data
 * is contiguous and stays in the cache of the thread's core, and the thread computes the blocks' gates
 * without other threads.
 *
 * A block has U units: 8 for the LSTM, 32 for the others. In the packed kernels block b has, for each gate in
 * order, the columns of its U units, as panels of 8 columns (packing.ts). This is a multiple of 32 columns,
 * the width of `rowsProduct`. K is rounded up to an even number. Pre-activations and biases take 4 gates (the
 * GRU's fourth is h·Rn) or 1 gate of U floats per block. All padding is zero, and the padded units' states
 * remain exactly 0.
 */
import { BLOCK_UNITS, LayerCode, LSTM_BLOCK_UNITS, PANEL } from './generated/abi';
import { packPanel } from './packing';
import { gateCount } from './sequence';
import { loadFloats } from './vector-math';

/** @inline */
export function blockUnits(layer: i32): i32 {
  return layer === LayerCode.lstm ? LSTM_BLOCK_UNITS : BLOCK_UNITS;
}

/** @inline */
export function blockCount(layer: i32, units: i32): i32 {
  return (units + blockUnits(layer) - 1) / blockUnits(layer);
}

/** Bytes of one row of a block's pre-activations. @inline */
export function blockBytes(layer: i32): usize {
  return (<usize>(layer >= LayerCode.simpleRnnTanh ? blockUnits(layer) : 4 * blockUnits(layer))) << 2;
}

/** @inline */
export function evenRows(k: i32): i32 {
  return (k + 1) & ~1;
}

/** Bytes of one gate of one block in a packed kernel of K rows. @inline */
export function packedGateBytes(layer: i32, k: i32): usize {
  return (<usize>(evenRows(k) * blockUnits(layer))) << 2;
}

/**
 * Packs S[K, columns] (row stride in bytes) into panels of 8 columns and an even number of rows; `columns`
 * may be 0 or less.
 */
function packColumns(source: usize, stride: usize, k: i32, columns: i32, panels: i32, target: usize): void {
  const panelBytes = (<usize>evenRows(k)) << 5;
  for (let p = 0; p < panels; p++) {
    packPanel(source + ((<usize>(p * PANEL)) << 2), stride, k, columns - p * PANEL, target);
    if (k & 1) memory.fill(target + ((<usize>k) << 5), 0, 32);
    target += panelBytes;
  }
}

/** Packs a kernel [K, gates · units]: blocks · gates · `packedGateBytes`. */
export function samplerPackKernel(layer: i32, k: i32, units: i32, kernel: usize, target: usize): void {
  const gates = gateCount(layer);
  const width = blockUnits(layer);
  for (let b = 0; b < blockCount(layer, units); b++) {
    const first = b * width;
    for (let g = 0; g < gates; g++) {
      packColumns(
        kernel + ((<usize>(g * units + first)) << 2),
        (<usize>(gates * units)) << 2,
        k,
        units - first,
        width / PANEL,
        target,
      );
      target += packedGateBytes(layer, k);
    }
  }
}

/** Packs the dense kernel [K,N], with N rounded up to 32. */
export function samplerPackDense(kernel: usize, k: i32, n: i32, target: usize): void {
  packColumns(kernel, (<usize>n) << 2, k, n, ((n + 31) >> 5) << 2, target);
}

/**
 * The initial pre-activations: blocks · `blockBytes`. The GRU's recurrent bias is 0 if there is none.
 */
export function samplerPackBias(
  layer: i32,
  units: i32,
  bias: usize,
  recurrentBias: usize,
  target: usize,
): void {
  const width = blockUnits(layer);
  memory.fill(target, 0, <usize>blockCount(layer, units) * blockBytes(layer));
  for (let b = 0; b < blockCount(layer, units); b++) {
    addRow(layer, units, b, bias, target);
    if (recurrentBias) {
      addGate(recurrentBias, units, b * width, width, target);
      addGate(recurrentBias + ((<usize>units) << 2), units, b * width, width, target + ((<usize>width) << 2));
      const candidate = layer === LayerCode.gruResetAfter ? 3 : 2;
      addGate(
        recurrentBias + ((<usize>(2 * units)) << 2),
        units,
        b * width,
        width,
        target + ((<usize>(candidate * width)) << 2),
      );
    }
    target += blockBytes(layer);
  }
}

/** target += block b's share of an unpadded row of gates · units floats. */
export function addRow(layer: i32, units: i32, block: i32, row: usize, target: usize): void {
  const width = blockUnits(layer);
  for (let g = 0; g < gateCount(layer); g++) {
    addGate(
      row + ((<usize>(g * units)) << 2),
      units,
      block * width,
      width,
      target + ((<usize>(g * width)) << 2),
    );
  }
}

/** target[0 … width) += row[first … first + width); units from `units` on are padding and skipped. */
function addGate(row: usize, units: i32, first: i32, width: i32, target: usize): void {
  for (let j = 0; j < width && first + j < units; j += 4) {
    const x = loadFloats(row + ((<usize>(first + j)) << 2), units - first - j);
    const to = target + ((<usize>j) << 2);
    v128.store(to, f32x4.add(v128.load(to), x));
  }
}
