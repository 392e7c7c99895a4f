/** The WebAssembly engine's properties of each recurrent layer type: a new type is a line here. */
import { BLOCK_UNITS, type LayerCode, LSTM_BLOCK_UNITS } from '../../generated/abi';
import { layerType, type RecurrentLayer } from '../../layers/layer-types';
import type { BufferSizes } from '../engine/buffer-sizes';

/** `L` is a layer of the type, H its units. */
interface WasmType<L extends RecurrentLayer> {
  /** Its code in assembly/. */
  code(layer: L): LayerCode;
  /** Floats that a step of a row keeps for the gradient, in multiples of H. */
  readonly reserved: number;
  /**
   * Floats of a step of a row for the gradient of the recurrent kernel, in multiples of H: the states that
   * were multiplied by it.
   */
  operands(layer: L): number;
  /** The sampler's blocks of assembly/unit-blocks.ts: units of one, and rows of pre-activations. */
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

/** Columns of the layer's kernels: G·H. */
export function gateColumns(layer: RecurrentLayer): number {
  return layerType(layer).gates.length * layer.units;
}

/** Floats that a step of a row keeps for the gradient. */
export function reserveWidth(sizes: BufferSizes, layer: RecurrentLayer): number {
  return sizes.reserveWidth(wasmType(layer).reserved, layer.units);
}

/** Number of adjacent ones. */
export function reserveRuns(sizes: BufferSizes, layer: RecurrentLayer): readonly number[] {
  return sizes.reserveRuns(wasmType(layer).reserved, layer.units);
}

/** Whether the layer's gates are squashed by the hard sigmoid. */
export function hasHardGates(layer: RecurrentLayer): boolean {
  return 'recurrentActivation' in layer && layer.recurrentActivation === 'hardSigmoid';
}
