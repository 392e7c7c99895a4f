import type { ActivationData, LayerType, RecurrentLayerSizes } from './layer';

/** Simple recurrent network; equations in `packages/cells/src/simple-rnn.ts`. */
export interface SimpleRnnLayer extends RecurrentLayerSizes {
  readonly type: 'simpleRnn';
  readonly activation: ActivationData;
}

/** The only "gate" is the new state itself. */
export const SIMPLE_RNN: LayerType<SimpleRnnLayer> = {
  gates: ['state'],
  op: 'simpleRnnSequence',
  outputSize: ({ units }) => units,
  parameters: ({ inputSize, units }) => ({
    kernel: [inputSize, units],
    recurrentKernel: [units, units],
    bias: [units],
  }),
  states: ({ units }) => ({ h: units }),
  lacking: ({ activation }) => (activation === 'tanh' || activation === 'relu' ? [] : ['this activation']),
};
