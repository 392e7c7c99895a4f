import type { TrainingSettings } from './training-settings';

/** Settings whose good defaults depend on the size of the text. */
export type TextDefaults = Required<
  Pick<
    TrainingSettings,
    'layers' | 'units' | 'dropout' | 'sequenceLength' | 'batchSize' | 'learningRate' | 'epochs'
  >
>;

/**
 * The values of char-rnn and torch-rnn, except for the batch size: with the same number of tokens, small
 * batches learn more.
 */
const COMMON = {
  layers: 2,
  units: 128,
  dropout: 0.05,
  sequenceLength: 64,
  batchSize: 32,
  learningRate: 8e-3,
};

/**
 * Sorted by the number of training tokens. A model of n weights needs about n tokens or more (char-rnn's
 * README). A small text is read more often, in small batches that still give many updates, and needs dropout.
 * A large text is read only a few times.
 */
const TABLE: readonly (TextDefaults & { below: number })[] = [
  { below: 5e4, ...COMMON, units: 64, dropout: 0.2, sequenceLength: 25, batchSize: 10, epochs: 30 },
  { below: 3e5, ...COMMON, dropout: 0.1, sequenceLength: 50, batchSize: 16, epochs: 12 },
  { below: 5e6, ...COMMON, units: 256, epochs: 4 },
  { below: 5e7, ...COMMON, units: 384, learningRate: 6e-3, epochs: 2 },
  {
    below: Number.POSITIVE_INFINITY,
    ...COMMON,
    units: 512,
    dropout: 0,
    sequenceLength: 100,
    learningRate: 4e-3,
    epochs: 1,
  },
];

/** The defaults for a text with this number of training tokens, and a sentence about them. */
export function textDefaults(tokens: number): { defaults: TextDefaults; reason: string } {
  const at = TABLE.findIndex(({ below }) => tokens < below || below === Number.POSITIVE_INFINITY);
  const { below, ...defaults } = TABLE[at]!;
  const from = TABLE[at - 1]?.below;
  const range = [
    ...(from === undefined ? [] : [`at least ${inShort(from)}`]),
    ...(Number.isFinite(below) ? [`below ${inShort(below)}`] : []),
  ];
  return { defaults, reason: `a text of ${range.join(' and ')} training tokens` };
}

/**
 * Ids of a vocabulary up to this size are read as one-hot vectors, so each id selects a row of the first
 * kernel.
 */
export const ONE_HOT_LIMIT = 512;

/**
 * The size of the embedding: 0 for a small vocabulary. For a large vocabulary an embedding saves most of the
 * first layer's weights.
 */
export function defaultEmbedding(vocabularySize: number, units: number): number {
  return vocabularySize > ONE_HOT_LIMIT ? Math.min(units, 128) : 0;
}

/** 50000 → `50.0k`, 5000000 → `5.0M`. */
function inShort(count: number): string {
  return count < 1e6 ? `${(count / 1e3).toFixed(1)}k` : `${(count / 1e6).toFixed(1)}M`;
}
