import { padSequences, shuffledBatches, type Vocabulary } from '@unrolled/data';
import type { Opinion } from '@unrolled/example-data';
import type { Batch } from './network';
import type { Settings } from './runs';
import { idsOf } from './words';

/** The batches of each epoch, of texts of about one length. */
export function batchesOf(
  opinions: readonly Opinion[],
  vocabulary: Vocabulary,
  { words, batchSize, seed }: Settings,
) {
  const rows = opinions.map(({ text, isGlad }) => ({ ids: idsOf(vocabulary, text, words), label: +isGlad }));
  return shuffledBatches(rows, {
    ...{ batchSize, seed, bucketBy: ({ ids }) => ids.length },
    collate: (some): Batch => ({
      texts: padSequences(some.map(({ ids }) => ids)),
      labels: some.map(({ label }) => label),
    }),
  });
}
