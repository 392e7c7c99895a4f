import { type ActivationData, hasFusedGates, type LayerType, type RecurrentLayerSizes } from './layer';

/** Long short-term memory; equations in `packages/cells/src/lstm.ts`. */
export interface LstmLayer extends RecurrentLayerSizes {
  readonly type: 'lstm';
  /** Activation of the cell input and of the new cell state. */
  readonly activation: ActivationData;
  /** Activation of the gates. */
  readonly recurrentActivation: ActivationData;
  /** Whether the gates also read the cell state. */
  readonly peepholes?: boolean | undefined;
  /** Clips the new cell state to ±cellClip. */
  readonly cellClip?: number | undefined;
  /** P: the size of the hidden state after a linear projection. */
  readonly projection?: number | undefined;
  /** Clips the projected output to ±projectionClip. */
  readonly projectionClip?: number | undefined;
}

/** The gates i, f, g, o, as in Keras and PyTorch. */
export const LSTM: LayerType<LstmLayer> = {
  gates: ['input', 'forget', 'cell', 'output'],
  op: 'lstmSequence',
  outputSize: ({ units, projection }) => projection ?? units,
  parameters({ inputSize, units, peepholes, projection }) {
    const columns = LSTM.gates.length * units;
    return {
      kernel: [inputSize, columns],
      recurrentKernel: [projection ?? units, columns],
      bias: [columns],
      // One row each for the input, forget and output gate.
      ...(peepholes && { peephole: [3, units] }),
      ...(projection !== undefined && { projection: [units, projection] }),
    };
  },
  states: ({ units, projection }) => ({ h: projection ?? units, c: units }),
  lacking: ({ activation, recurrentActivation, peepholes, cellClip, projection }) => [
    ...(peepholes ? ['peepholes'] : []),
    ...(cellClip === undefined ? [] : ['cell clip']),
    ...(projection === undefined ? [] : ['projection']),
    ...(hasFusedGates(activation, recurrentActivation) ? [] : ['other activations']),
  ],
};
