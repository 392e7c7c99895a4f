/** The checkpoints of a run in memory: its last and best one, and earlier ones to go back to. */
import { type CheckpointStore, memoryStore } from '@unrolled/runs';

/** Bytes that the earlier checkpoints take together, at most, and how many they are. */
const MOST_BYTES = 96 * 2 ** 20;
export const MOST = 60;

export interface KeptCheckpoint {
  readonly step: number;
  readonly bytes: Uint8Array;
}

export interface Checkpoints extends CheckpointStore {
  /** By their steps, ascending; the last one is the latest of the run. */
  kept(): readonly KeptCheckpoint[];
  /** The newest at or before a step. */
  at(step: number): KeptCheckpoint | undefined;
  /** Deletes the checkpoints after a step, for a run that continues from there. */
  rewind(step: number): void;
}

/** @param begin earlier checkpoints of a resumed run */
export function createCheckpoints(): Checkpoints {
  const store = memoryStore();
  let kept: KeptCheckpoint[] = [];
  const thin = () => {
    const size = kept.at(-1)?.bytes.length ?? 0;
    const most = Math.max(4, Math.min(MOST, Math.floor(MOST_BYTES / Math.max(1, size))));
    while (kept.length > most) kept.splice(closest(kept), 1);
  };
  return {
    ...store,
    async save(name, checkpoint) {
      await store.save(name, checkpoint);
      if (name !== 'last') return;
      const { step } = checkpoint.snapshot;
      const bytes = store.bytes('last')!;
      kept = [...kept.filter((one) => one.step < step), { step, bytes }];
      thin();
    },
    kept: () => kept,
    at: (step) => kept.findLast((one) => one.step <= step),
    rewind(step) {
      kept = kept.filter((one) => one.step <= step);
    },
  };
}

/**
 * The place of the checkpoint, neither the first nor the last, whose neighbours are nearest to each other.
 */
function closest(kept: readonly KeptCheckpoint[]): number {
  const gap = (at: number) => kept[at + 1]!.step - kept[at - 1]!.step;
  let place = 1;
  for (let at = 2; at < kept.length - 1; at++) if (gap(at) < gap(place)) place = at;
  return place;
}
