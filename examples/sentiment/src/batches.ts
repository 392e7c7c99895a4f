import { padSequences, shuffledBatches, type Vocabulary } from '@unrolled/data';
import type { Opinion } from '@unrolled/example-data';
import type { Batch } from './network';
import type { Settings } from './runs';
import { idsOf } from './words';

/** The batches of each epoch. The texts in a batch have similar lengths. */
export function batchesOf(
  opinions: readonly Opinion[],
  vocabulary: Vocabulary,
  { words, batchSize, seed }: Settings,
) {
  const rows = opinions.map(({ text, isPositive }) => ({
    ids: idsOf(vocabulary, text, words),
    label: +isPositive,
  }));
  return shuffledBatches(rows, {
    ...{ batchSize, seed, bucketBy: ({ ids }) => ids.length },
    collate: (some): Batch => ({
      texts: padSequences(some.map(({ ids }) => ids)),
      labels: some.map(({ label }) => label),
    }),
  });
}
