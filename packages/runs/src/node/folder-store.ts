import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { loadCheckpoint, saveCheckpoint } from '@unrolled/training/node';
import type { CheckpointName, CheckpointStore } from '../checkpoint-store';
import { atomicWriteFile } from './files';

/** Keeps checkpoints as `last.safetensors` and `best.safetensors` in a folder, which is there already. */
export function folderStore(directory: string): CheckpointStore {
  const file = (name: CheckpointName) => path.join(directory, `${name}.safetensors`);
  return {
    save: (name, { snapshot, ...options }) => saveCheckpoint(file(name), snapshot, options),
    load: async (name) => (existsSync(file(name)) ? loadCheckpoint(file(name)) : undefined),
    copy: async (from, to) => atomicWriteFile(file(to), await readFile(file(from))),
    locationOf: file,
  };
}
