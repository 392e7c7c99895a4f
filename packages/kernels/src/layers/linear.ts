import type { ActivationData, LayerSizes, LayerType } from './layer';

/** y = activation(x·kernel + bias) at every time step. */
export interface LinearLayer extends LayerSizes {
  readonly type: 'linear';
  readonly activation: ActivationData;
  readonly useBias: boolean;
}

/** A layer without gates and without a state. */
export const LINEAR: LayerType<LinearLayer> = {
  gates: [],
  op: 'linear',
  outputSize: ({ units }) => units,
  parameters: ({ inputSize, units, useBias }) => ({
    kernel: [inputSize, units],
    ...(useBias && { bias: [units] }),
  }),
  states: () => ({}),
  lacking: ({ activation }) => (activation === 'linear' ? [] : ['an activation']),
};
