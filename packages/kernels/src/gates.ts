/** The LSTM's gates in the order in which kernels and biases hold them along their last axis, as in Keras and PyTorch (i, f, g, o). */
export const LSTM_GATES = ['input', 'forget', 'cell', 'output'] as const;

/** The GRU's gates in the order in which kernels and biases hold them along their last axis, as in Keras (z, r, candidate). */
export const GRU_GATES = ['update', 'reset', 'candidate'] as const;
