import { type ActivationData, hasFusedGates, type LayerType, type RecurrentLayerSizes } from './layer';

/** Long short-term memory; equations in `packages/cells/src/lstm.ts`. */
export interface LstmLayer extends RecurrentLayerSizes {
  readonly type: 'lstm';
  /** Activation of the cell input and of the new cell state. */
  readonly activation: ActivationData;
  /** Activation of the gates. */
  readonly recurrentActivation: ActivationData;
  /** Whether the gates see the cell state. */
  readonly peepholes?: boolean | undefined;
  /** The new cell state stays within ±cellClip. */
  readonly cellClip?: number | undefined;
  /** P: the size of the hidden state after a linear projection. */
  readonly projection?: number | undefined;
  /** The projected output stays within ±projectionClip. */
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
      // Rows of the input, forget and output gates.
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
