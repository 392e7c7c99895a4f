import { type Frames, specAugment } from '@unrolled/audio';
import { type EpochBatches, shuffledBatches } from '@unrolled/data';
import { type Alphabet, encode } from './alphabet';
import type { Utterance } from './features';

/** Batches of utterances with similar lengths. */
export interface Batch {
  readonly frames: readonly Frames[];
  readonly targets: readonly number[][];
}

/** The batches of each epoch. In training batches, random bands and stretches are masked every time. */
export function batchesOf(
  utterances: readonly Utterance[],
  alphabet: Alphabet,
  batchSize: number,
  seed?: number,
) {
  const bucketBy = ({ frames }: Utterance) => frames.count;
  const size = Math.min(batchSize, utterances.length);
  const batches = shuffledBatches(utterances, { batchSize: size, bucketBy, seed: seed ?? 0 });
  const hide = (frames: Frames, place: number) =>
    specAugment(frames, { seed: place, frequencyWidth: 8, timeWidth: 20, timeShare: 0.2, value: 0 });
  function* ofEpoch(epoch: number): Generator<Batch> {
    let place = (seed ?? 0) + 1_000_003 * epoch;
    for (const batch of batches(epoch)) {
      const frames = batch.map((one) => (seed === undefined ? one.frames : hide(one.frames, place++)));
      yield { frames, targets: batch.map(({ text, name }) => encode(alphabet, text, name)) };
    }
  }
  const { batchesPerEpoch } = batches;
  return Object.assign(ofEpoch, { batchesPerEpoch }) as EpochBatches<Batch>;
}
