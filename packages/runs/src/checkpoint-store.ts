/** The storage of a run's checkpoints, and loading a run from it. */

import type { ModelDescription } from '@unrolled/cells';
import type { OptionKinds } from '@unrolled/errors';
import {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  type Json,
  type Snapshot,
} from '@unrolled/training';
import { checkKind, checkOptions, refuse } from './refuse';
import { isRunState, type RunState } from './run-state';

/** The latest state of a run, and the state with the lowest validation loss. */
export type CheckpointName = 'last' | 'best';

/** Storage of checkpoints: a folder (`folderStore` of `./node`), memory, or a database. */
export interface CheckpointStore {
  /**
   * Replaces the checkpoint of this name. At any moment, even during a crash, either the old or the new one
   * exists completely.
   */
  save(name: CheckpointName, checkpoint: Checkpoint): Promise<void>;
  /** Returns undefined if there is no checkpoint of this name. */
  load(name: CheckpointName): Promise<Checkpoint | undefined>;
  /** Copies one checkpoint to another, as safely as `save`. */
  copy(from: CheckpointName, to: CheckpointName): Promise<void>;
  /** The location of a checkpoint for messages, such as its path. */
  locationOf(name: CheckpointName): string;
}

const NAMES = "'last' or 'best'";

export const STORE_KINDS: OptionKinds<CheckpointStore> = {
  save: 'function',
  load: 'function',
  copy: 'function',
  locationOf: 'function',
};

const CHECKPOINT_KINDS: OptionKinds<Pick<Checkpoint, 'snapshot'>> = { snapshot: 'object' };

/** Keeps checkpoints in the memory of this process, as the bytes of files. */
export function memoryStore(): CheckpointStore & { bytes(name: CheckpointName): Uint8Array | undefined } {
  const kept = new Map<CheckpointName, Uint8Array>();
  return {
    async save(name, checkpoint) {
      checkKind('memoryStore', 'name', name, NAMES);
      checkOptions('memoryStore', checkpoint, CHECKPOINT_KINDS, true);
      const { snapshot, ...options } = checkpoint;
      kept.set(name, encodeCheckpoint(snapshot, options));
    },
    async load(name) {
      checkKind('memoryStore', 'name', name, NAMES);
      const bytes = kept.get(name);
      return bytes && decodeCheckpoint(bytes);
    },
    async copy(from, to) {
      for (const name of [from, to]) checkKind('memoryStore', 'name', name, NAMES);
      const bytes = kept.get(from);
      if (!bytes)
        refuse('memoryStore', {
          expected: `a checkpoint '${from}'`,
          got: 'none',
          remedy: 'save this checkpoint first',
          code: 'state',
        });
      kept.set(to, bytes);
    },
    locationOf(name) {
      checkKind('memoryStore', 'name', name, NAMES);
      return `'${name}' in memory`;
    },
    bytes(name) {
      checkKind('memoryStore', 'name', name, NAMES);
      return kept.get(name);
    },
  };
}

/**
 * Additional data that a program stores with a run's weights: the model's description, the vocabulary, its
 * settings.
 */
export type RunConfig = Readonly<Record<string, Json>>;

/** A run from a checkpoint, which `runTraining` resumes. */
export interface SavedRun {
  /** The name of the checkpoint in the store. */
  readonly name: CheckpointName;
  readonly snapshot: Snapshot;
  readonly state: RunState;
  readonly config: RunConfig;
  readonly model?: ModelDescription | undefined;
}

const KINDS: OptionKinds<Omit<SavedRun, 'name'>> = {
  snapshot: 'object',
  state: 'object',
  config: 'object',
  model: 'object?',
};

/** The whole checkpoint. The run's state is the entry `run` of its `config`. */
export function checkpointOf(options: Omit<SavedRun, 'name'>): Checkpoint {
  checkOptions('checkpointOf', options, KINDS, true);
  const { snapshot, state, config, model } = options;
  return { snapshot, config: { ...config, run: state as unknown as Json }, ...(model && { model }) };
}

/**
 * Loads a run to resume.
 *
 * @param name default 'last'
 * @returns undefined if the store has no checkpoint of this name
 * @throws UnrolledError if it is damaged, or does not contain the state of a run
 */
export async function loadRun(
  store: CheckpointStore,
  name: CheckpointName = 'last',
): Promise<SavedRun | undefined> {
  checkOptions('loadRun', store, STORE_KINDS, true);
  checkKind('loadRun', 'name', name, NAMES);
  const checkpoint = await store.load(name);
  if (!checkpoint) return undefined;
  const { run: state, ...config } = (checkpoint.config ?? {}) as Record<string, Json>;
  if (isRunState(state)) return { ...checkpoint, name, state, config };
  return refuse('loadRun', {
    expected: `the state of a run in ${store.locationOf(name)}`,
    got: state === undefined ? 'none' : 'a damaged state of a run',
    remedy: 'pass a checkpoint that runTraining wrote',
    code: 'format',
  });
}
