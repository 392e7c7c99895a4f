/** The WebAssembly engine's properties of each recurrent layer type. A new type needs one line here. */
import { BLOCK_UNITS, type LayerCode, LSTM_BLOCK_UNITS } from '../../generated/abi';
import { layerType, type RecurrentLayer } from '../../layers/layer-types';
import type { BufferSizes } from '../engine/buffer-sizes';

/** `L` is the layer's type, H its number of units. */
interface WasmType<L extends RecurrentLayer> {
  /** The layer's code in assembly/. */
  code(layer: L): LayerCode;
  /** Number of floats per row and step that are kept for the gradient, in multiples of H. */
  readonly reserved: number;
  /**
   * Number of floats per row and step for the gradient of the recurrent kernel, in multiples of H: the states
   * that were multiplied by it.
   */
  operands(layer: L): number;
  /**
   * The blocks of the sampler's layout (assembly/unit-blocks.ts): units per block, and rows of
   * pre-activations.
   */
  readonly block: { readonly units: number; readonly rows: number };
}

const TYPES: { readonly [T in RecurrentLayer['type']]: WasmType<Extract<RecurrentLayer, { type: T }>> } = {
  lstm: { code: () => 'lstm', reserved: 6, operands: () => 1, block: { units: LSTM_BLOCK_UNITS, rows: 4 } },
  gru: {
    code: ({ variant }) => (variant === 'reset-after' ? 'gruResetAfter' : 'gruResetBefore'),
    reserved: 5,
    operands: ({ variant }) => (variant === 'reset-after' ? 1 : 2),
    block: { units: BLOCK_UNITS, rows: 4 },
  },
  simpleRnn: {
    code: ({ activation }) => (activation === 'relu' ? 'simpleRnnRelu' : 'simpleRnnTanh'),
    reserved: 1,
    operands: () => 1,
    block: { units: BLOCK_UNITS, rows: 1 },
  },
};

/** The engine's properties of the layer's type. */
export function wasmType<L extends RecurrentLayer>({ type }: L): WasmType<L> {
  return TYPES[type] as unknown as WasmType<L>;
}

/** Number of columns of the layer's kernels: G·H. */
export function gateColumns(layer: RecurrentLayer): number {
  return layerType(layer).gates.length * layer.units;
}

/** Number of floats per row and step that are kept for the gradient. */
export function reserveWidth(sizes: BufferSizes, layer: RecurrentLayer): number {
  return sizes.reserveWidth(wasmType(layer).reserved, layer.units);
}

/** The lengths of the contiguous runs of these floats. */
export function reserveRuns(sizes: BufferSizes, layer: RecurrentLayer): readonly number[] {
  return sizes.reserveRuns(wasmType(layer).reserved, layer.units);
}

/** Whether the layer's gates use the hard sigmoid. */
export function hasHardGates(layer: RecurrentLayer): boolean {
  return 'recurrentActivation' in layer && layer.recurrentActivation === 'hardSigmoid';
}
