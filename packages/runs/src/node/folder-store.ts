import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { CheckpointName, CheckpointStore } from '../checkpoint-store';
import { checkKind } from '../refuse';
import { atomicWriteFile } from './files';

/** Imports the file code on first use, so a program that only handles Ctrl-C starts without it. */
const checkpointFiles = () => import('@unrolled/training/node');

/** Keeps checkpoints as `last.safetensors` and `best.safetensors` in an existing folder. */
export function folderStore(directory: string): CheckpointStore {
  checkKind('folderStore', 'directory', directory, 'string');
  const file = (name: CheckpointName) => path.join(directory, `${name}.safetensors`);
  return {
    async save(name, { snapshot, ...options }) {
      const { saveCheckpoint } = await checkpointFiles();
      await saveCheckpoint(file(name), snapshot, options);
    },
    async load(name) {
      if (!existsSync(file(name))) return undefined;
      const { loadCheckpoint } = await checkpointFiles();
      return loadCheckpoint(file(name));
    },
    copy: async (from, to) => atomicWriteFile(file(to), await readFile(file(from))),
    locationOf: file,
  };
}
