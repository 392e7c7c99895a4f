import type { LayerType } from './layer';
import { type MinimalSizes, minimalParameters } from './minimal';

/** Minimal gated recurrent unit; equations in `packages/cells/src/min-gru.ts`. */
export interface MinGruLayer extends MinimalSizes {
  readonly type: 'minGru';
}

/** The gates z and h̃. */
export const MIN_GRU: LayerType<MinGruLayer> = {
  gates: ['update', 'candidate'],
  op: 'linearRecurrence',
  outputSize: ({ units }) => units,
  parameters: (layer) => minimalParameters(MIN_GRU.gates.length, layer),
  states: ({ units }) => ({ h: units }),
  lacking: () => [],
};
