import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { EngineUnavailable } from './engine';

/** Not a dependency of the workspace, so it is downloaded only on request. */
const ADDON = '@tensorflow/tfjs-node';

/**
 * Registers tfjs's backend `tensorflow`: the native add-on from this package, from `native/` in the root, or
 * from the folder that `UNROLLED_NATIVE` names.
 *
 * @throws EngineUnavailable if it is not installed or cannot be loaded
 */
export function loadTensorFlow(): void {
  patchUtil();
  const folders = [
    process.env.UNROLLED_NATIVE,
    fileURLToPath(new URL('../../native', import.meta.url)),
    // npm run native:build
    path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'unrolled/native/current'),
  ].filter((folder) => folder !== undefined);
  const requires = [import.meta.url, ...folders.map((folder) => `${folder}/package.json`)].map(createRequire);
  const require = requires.find((candidate) => resolves(candidate));
  if (!require) throw new EngineUnavailable(`${ADDON} is not installed`);
  try {
    require(ADDON);
  } catch (error) {
    throw new EngineUnavailable(
      `${ADDON} cannot be loaded: ${String((error as Error).message).split('\n')[0]}`,
    );
  }
}

function resolves(require: NodeJS.Require): boolean {
  try {
    require.resolve(ADDON);
    return true;
  } catch {
    return false;
  }
}

/** tfjs-node 4.22 calls a function that Node 23 removed. */
function patchUtil(): void {
  const util = createRequire(import.meta.url)('node:util') as { isNullOrUndefined?: (x: unknown) => boolean };
  util.isNullOrUndefined ??= (x) => x === undefined || x === null;
}
