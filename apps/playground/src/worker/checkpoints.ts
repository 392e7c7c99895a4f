/** The checkpoints of a run in memory: the last and the best one, and earlier ones to return to. */
import { type CheckpointStore, memoryStore } from '@unrolled/runs';

/** Maximum total size of the earlier checkpoints in bytes, and their maximum number. */
const MOST_BYTES = 96 * 2 ** 20;
export const MOST = 60;

export interface KeptCheckpoint {
  readonly step: number;
  readonly bytes: Uint8Array;
}

export interface Checkpoints extends CheckpointStore {
  /** In ascending order of steps; the last one is the latest of the run. */
  kept(): readonly KeptCheckpoint[];
  /** The newest checkpoint at or before a step. */
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
 * The index of a checkpoint to delete: neither the first nor the last, and the one with the closest
 * neighbours.
 */
function closest(kept: readonly KeptCheckpoint[]): number {
  const gap = (at: number) => kept[at + 1]!.step - kept[at - 1]!.step;
  let place = 1;
  for (let at = 2; at < kept.length - 1; at++) if (gap(at) < gap(place)) place = at;
  return place;
}
