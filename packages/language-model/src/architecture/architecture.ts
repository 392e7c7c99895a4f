import {
  type AnyCell,
  type Cell,
  dense,
  dropout as dropoutPart,
  embedding as embeddingPart,
  type RecurrentCellName,
  recurrentCells,
  residual as residualPart,
  stack,
  tiedEmbedding,
} from '@unrolled/cells';
import type { OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions } from '../refuse';

/** The sizes and the structure of a model. Together with the vocabulary, they determine the model. */
export interface Architecture {
  readonly cell: RecurrentCellName;
  /** Number of stacked recurrent layers. */
  readonly layers: number;
  /** H of each layer. */
  readonly units: number;
  /** The length of a token's embedding; 0 reads ids as one-hot vectors. */
  readonly embedding: number;
  /** The share of units dropped after each recurrent layer in training. */
  readonly dropout: number;
  /** Drops the same units at all time steps of a batch. */
  readonly variationalDropout: boolean;
  /** Adds each layer's input to its output if both have the same size (a residual connection). */
  readonly residual: boolean;
  /** Uses the transposed embedding as the output layer; `embedding` must equal `units`. */
  readonly tied: boolean;
}

const KINDS: OptionKinds<Architecture> = {
  cell: "'lstm', 'gru' or 'rnn'",
  layers: 'positive integer',
  units: 'positive integer',
  embedding: 'number',
  dropout: 'number',
  variationalDropout: 'boolean',
  residual: 'boolean',
  tied: 'boolean',
};

/** Selects the architecture from a run's settings. */
export function architectureOf(settings: Architecture): Architecture {
  checkOptions('architectureOf', settings, KINDS, true);
  const { cell, layers, units, embedding, dropout, variationalDropout, residual, tied } = settings;
  return { cell, layers, units, embedding, dropout, variationalDropout, residual, tied };
}

/**
 * A model that reads ids [B, T] and returns logits [B, T, V]. Parameters and states are lists with one entry
 * for each part.
 */
export type LanguageModel = Cell<unknown[], unknown[], 'ids'>;

/**
 * ids → (embedding) → recurrent layers, each followed by dropout if requested → dense: one logit for each
 * token.
 */
export function languageModel(vocabularySize: number, architecture: Architecture): LanguageModel {
  checkKind('languageModel', 'vocabularySize', vocabularySize, 'positive integer');
  checkOptions('languageModel', architecture, KINDS, true);
  const { units, embedding, tied } = architecture;
  const layers = recurrentParts(vocabularySize, architecture);
  const parts = tied
    ? [tiedEmbedding(stackOf(layers), { vocabularySize })]
    : [
        ...(embedding > 0 ? [embeddingPart({ vocabularySize, dimension: embedding })] : []),
        ...layers,
        dense({ inputSize: units, units: vocabularySize }),
      ];
  return stackOf(parts) as unknown as LanguageModel;
}

function recurrentParts(vocabularySize: number, architecture: Architecture): AnyCell[] {
  const { cell, layers, units, embedding, dropout: rate, variationalDropout: variational } = architecture;
  return Array.from({ length: layers }, (_, layer) => {
    const inputSize = inputSizeOf(vocabularySize, architecture, layer);
    const isFirst = layer === 0 && embedding === 0;
    const recurrent = recurrentCells[cell]({
      inputSize,
      units,
      ...(isFirst && { inputKind: 'ids' as const }),
    });
    const dropped = rate > 0 ? [dropoutPart({ size: units, rate, variational })] : [];
    const parts = [recurrent, ...dropped] as AnyCell[];
    return isResidual(architecture, layer) ? [residualPart(stackOf(parts))] : parts;
  }).flat();
}

const stackOf = (parts: readonly AnyCell[]): AnyCell => stack(parts as [AnyCell, ...AnyCell[]]);

function inputSizeOf(vocabularySize: number, { units, embedding }: Architecture, layer: number): number {
  return layer > 0 ? units : embedding || vocabularySize;
}

/** Whether a layer adds its input to its output: if requested, and if both have the same size. */
function isResidual({ residual, units, embedding }: Architecture, layer: number): boolean {
  return residual && (layer > 0 || embedding === units);
}
