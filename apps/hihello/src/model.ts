import {
  type AnyCell,
  type Cell,
  dense,
  type RecurrentCellName,
  recurrentCells,
  stack,
} from '@unrolled/cells';
import { refuse } from './refuse';

export interface ModelOptions {
  cell: RecurrentCellName;
  /** Number of stacked recurrent layers. */
  layers: number;
  /** H of each layer. */
  units: number;
  /** 'none' uses the hidden state of the last layer as the logits, as the lab's first version did. */
  head: 'dense' | 'none';
}

/** A network that reads ids [B, T] as one-hot vectors and returns logits [B, T, V]. */
export type CharacterModel = Cell<unknown[], unknown[], 'ids'>;

/**
 * The lab's network: recurrent layers and, except in its first version, a dense layer.
 *
 * @throws UnrolledError if there is no head and the units differ from the vocabulary's size
 */
export function buildModel(vocabularySize: number, options: ModelOptions): CharacterModel {
  const { cell, layers, units, head } = options;
  if (head === 'none' && units !== vocabularySize) {
    refuse('--head none', {
      expected: `--units ${vocabularySize}, one for each distinct character`,
      got: String(units),
      remedy:
        'use --head dense, or set --units to this number: without a head the hidden state is used as the logits',
    });
  }
  const recurrent = Array.from({ length: layers }, (_, layer) =>
    layer === 0
      ? recurrentCells[cell]({ inputSize: vocabularySize, units, inputKind: 'ids' })
      : recurrentCells[cell]({ inputSize: units, units }),
  );
  const top = head === 'dense' ? [dense({ inputSize: units, units: vocabularySize })] : [];
  return stack([...recurrent, ...top] as unknown as [AnyCell, ...AnyCell[]]) as unknown as CharacterModel;
}
