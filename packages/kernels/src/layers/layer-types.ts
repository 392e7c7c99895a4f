/** The layer types by name. A new layer type is a separate file and one line in each of the two lists. */
import { EMBEDDING, type EmbeddingLayer } from './embedding';
import { GRU, type GruLayer } from './gru';
import type { LayerType } from './layer';
import { LINEAR, type LinearLayer } from './linear';
import { LSTM, type LstmLayer } from './lstm';
import { MIN_GRU, type MinGruLayer } from './min-gru';
import { MIN_LSTM, type MinLstmLayer } from './min-lstm';
import { SIMPLE_RNN, type SimpleRnnLayer } from './simple-rnn';

/** A layer with a recurrent state that its gates depend on. */
export type RecurrentLayer = LstmLayer | GruLayer | SimpleRnnLayer;

/** A layer with a recurrent state whose gates depend on the input alone. */
export type MinimalLayer = MinGruLayer | MinLstmLayer;

/** A layer as plain data that JSON can represent. */
export type LayerData = RecurrentLayer | MinimalLayer | LinearLayer | EmbeddingLayer;

const TYPES: { readonly [T in LayerData['type']]: LayerType<Extract<LayerData, { type: T }>> } = {
  lstm: LSTM,
  gru: GRU,
  simpleRnn: SIMPLE_RNN,
  minGru: MIN_GRU,
  minLstm: MIN_LSTM,
  linear: LINEAR,
  embedding: EMBEDDING,
};

/** The record of a layer type. */
export function layerType<L extends LayerData>({ type }: Pick<L, 'type'>): LayerType<L> {
  return TYPES[type] as unknown as LayerType<L>;
}

/** The names of all layer types. */
export const LAYER_TYPES = /* @__PURE__ */ Object.keys(TYPES) as readonly LayerData['type'][];

/** Whether a value is a layer of a known type, judged by its field `type`. */
export function isLayer(value: unknown): value is LayerData {
  return LAYER_TYPES.includes((value as LayerData | undefined | null)?.type as LayerData['type']);
}

/** The types of the layers with a recurrent kernel. */
export function recurrentTypes(): RecurrentLayer['type'][] {
  return LAYER_TYPES.filter((type) => isRecurrent({ type } as LayerData)) as RecurrentLayer['type'][];
}

/** Whether the layer has a recurrent kernel, that is, a state that its gates depend on. */
export function isRecurrent(layer: LayerData): layer is RecurrentLayer {
  return isLayer(layer) && TYPES[layer.type].gates.length > 0 && !isMinimal(layer);
}

/** Whether the layer has a state that its gates do not depend on. */
export function isMinimal(layer: LayerData): layer is MinimalLayer {
  return isLayer(layer) && TYPES[layer.type].op === 'linearRecurrence';
}
