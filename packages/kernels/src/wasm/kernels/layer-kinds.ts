/** What the WebAssembly engine alone knows of each recurrent layer type: a new type is a line here. */
import { layerType, type RecurrentLayer } from '../../layers/layer-types';

/** `L` is a layer of the type, H its units. */
interface WasmType<L extends RecurrentLayer> {
  /** Its number in assembly/sequence.ts. */
  code(layer: L): number;
  /** What a step of a row keeps for the gradient, in multiples of H. */
  readonly reserved: number;
  /** What a step of a row gives to the gradient of the recurrent kernel, in multiples of H: the states that it was multiplied with. */
  operands(layer: L): number;
  /** The sampler's blocks of assembly/unit-blocks.ts: units of one, and rows of pre-activations. */
  readonly block: { readonly units: number; readonly rows: number };
}

const TYPES: { readonly [T in RecurrentLayer['type']]: WasmType<Extract<RecurrentLayer, { type: T }>> } = {
  lstm: { code: () => 0, reserved: 6, operands: () => 1, block: { units: 8, rows: 4 } },
  gru: {
    code: ({ variant }) => (variant === 'reset-after' ? 1 : 2),
    reserved: 5,
    operands: ({ variant }) => (variant === 'reset-after' ? 1 : 2),
    block: { units: 32, rows: 4 },
  },
  simpleRnn: {
    code: ({ activation }) => (activation === 'relu' ? 4 : 3),
    reserved: 1,
    operands: () => 1,
    block: { units: 32, rows: 1 },
  },
};

/** What the engine knows of the layer's type. */
export function wasmType<L extends RecurrentLayer>({ type }: L): WasmType<L> {
  return TYPES[type] as unknown as WasmType<L>;
}

/** Columns of the layer's kernels: G·H. */
export function gateColumns(layer: RecurrentLayer): number {
  return layerType(layer).gates.length * layer.units;
}

/** Floats that a step of a row keeps for the gradient: whole vectors. */
export function reserveWidth(layer: RecurrentLayer): number {
  return Math.ceil((wasmType(layer).reserved * layer.units) / 4) * 4;
}

/** Whether the layer's gates are squashed by the hard sigmoid. */
export function hasHardGates(layer: RecurrentLayer): boolean {
  return 'recurrentActivation' in layer && layer.recurrentActivation === 'hardSigmoid';
}
