/**
 * The names of TensorFlow 1's variables changed between versions. We use those of version 1.2 and later.
 * Older ones are converted by the rules of `tensorflow/contrib/rnn/python/tools/checkpoint_convert.py`:
 *
 *     1.2 and later   rnn/multi_rnn_cell/cell_0/basic_lstm_cell/kernel           rnn/gru_cell/gates/bias
 *     1.0 and 1.1     rnn/multi_rnn_cell/cell_0/basic_lstm_cell/weights          rnn/gru_cell/gates/biases
 *     0.x             RNN/MultiRNNCell/Cell0/BasicLSTMCell/Linear/Matrix         RNN/GRUCell/Gates/Linear/Bias
 */

/** A variable's or scope's name in version 1.2; newer names are unchanged. */
export function currentName(name: string): string {
  // A variable's name ends in ':0'; its name in a checkpoint does not.
  return RENAMED.reduce(
    (renamed, [from, to]) => (typeof to === 'string' ? renamed.replace(from, to) : renamed.replace(from, to)),
    name.replace(/:0$/, ''),
  );
}

const CELL = /(^|\/)(Basic(?:LSTM|RNN)Cell|LSTMCell|GRUCell|MultiRNNCell)(?=\/|$)/g;
const CELLS: Readonly<Record<string, string>> = {
  BasicLSTMCell: 'basic_lstm_cell',
  BasicRNNCell: 'basic_rnn_cell',
  LSTMCell: 'lstm_cell',
  GRUCell: 'gru_cell',
  MultiRNNCell: 'multi_rnn_cell',
};

type Replacement = readonly [RegExp, string | ((...parts: string[]) => string)];

const RENAMED: readonly Replacement[] = [
  [/(^|\/)(Basic(?:LSTM|RNN)Cell|GRUCell\/(?:Gates|Candidate))\/Linear\/Matrix$/, '$1$2/kernel'],
  [/(^|\/)(Basic(?:LSTM|RNN)Cell|GRUCell\/(?:Gates|Candidate))\/Linear\/Bias$/, '$1$2/bias'],
  [/(^|\/)LSTMCell\/W_0$/, '$1LSTMCell/kernel'],
  [/(^|\/)LSTMCell\/B$/, '$1LSTMCell/bias'],
  [/(^|\/)LSTMCell\/W_P_0$/, '$1LSTMCell/projection/kernel'],
  [/(^|\/)LSTMCell\/W_([FIO])_diag$/, (_, start, gate) => `${start}LSTMCell/w_${gate!.toLowerCase()}_diag`],
  [/(^|\/)GRUCell\/(Gates|Candidate)(?=\/)/, (_, start, part) => `${start}GRUCell/${part!.toLowerCase()}`],
  [/(^|\/)MultiRNNCell\/Cell(\d+)(?=\/)/, '$1MultiRNNCell/cell_$2'],
  [CELL, (_, start, cell) => `${start}${CELLS[cell!]}`],
  [/^RNN(?=\/)/, 'rnn'],
  [/^BiRNN\/(FW|BW)(?=\/)/, (_, side) => `bidirectional_rnn/${side!.toLowerCase()}`],
  [/(^|\/)weights$/, '$1kernel'],
  [/(^|\/)biases$/, '$1bias'],
];
