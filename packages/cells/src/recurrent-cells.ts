import { gru } from './gru';
import { lstm } from './lstm';
import { simpleRnn } from './simple-rnn';

/** The short name of a recurrent cell, as in a program's options. */
export type RecurrentCellName = 'lstm' | 'gru' | 'rnn';

/** The recurrent cells by their short names: `recurrentCells.gru({ inputSize, units })`. */
export const recurrentCells = { lstm, gru, rnn: simpleRnn } as const;
