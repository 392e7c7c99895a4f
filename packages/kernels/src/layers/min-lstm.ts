import type { LayerType } from './layer';
import { type MinimalSizes, minimalParameters } from './minimal';

/** Minimal long short-term memory; equations in `packages/cells/src/min-lstm.ts`. */
export interface MinLstmLayer extends MinimalSizes {
  readonly type: 'minLstm';
}

/** The gates f, i and h̃. */
export const MIN_LSTM: LayerType<MinLstmLayer> = {
  gates: ['forget', 'input', 'candidate'],
  op: 'linearRecurrence',
  outputSize: ({ units }) => units,
  parameters: (layer) => minimalParameters(MIN_LSTM.gates.length, layer),
  states: ({ units }) => ({ h: units }),
  lacking: () => [],
};
