// Installs what the lockfile names, when it is not there yet. Nothing but Node and npm is needed.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  fail,
  fingerprint,
  logToStandardError,
  packageManager,
  readStamp,
  root,
  run,
  withLock,
  writeStamp,
} from './lib.mjs';

/** The files that an installation depends on: the lockfile and every manifest. */
const INSTALL_INPUTS = [
  'pnpm-lock.yaml',
  'pnpm-workspace.yaml',
  '.pnpmfile.cjs',
  'package.json',
  'packages',
  'apps',
  'examples',
];
const MANIFESTS_ONLY = /(^|[\\/])(package\.json|pnpm-lock\.yaml|pnpm-workspace\.yaml|\.pnpmfile\.cjs)$/;

/**
 * Brings node_modules in line with the lockfile; milliseconds when it already is. All output is on standard
 * error.
 */
export async function bootstrap() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20)
    fail(`[unrolled/bootstrap] expected Node 20 or newer, got ${process.version}: install a newer Node`);
  if (upToDate()) return;
  await withLock('installation', async () => {
    if (upToDate()) return;
    process.stderr.write('installing what the lockfile names\n');
    const before = installFingerprint();
    const { code, signal } = await install();
    if (signal) process.exit(130);
    if (code !== 0)
      fail(
        `[unrolled/bootstrap] expected '${packageManager()} install --frozen-lockfile' to succeed, got exit code ${code}: ` +
          'see the lines above; it needs the npm registry (npm config get registry) and a lockfile in step with package.json',
      );
    writeStamp('install', before);
  });
}

function upToDate() {
  return (
    existsSync(path.join(root, 'node_modules', '.modules.yaml')) &&
    readStamp('install') === installFingerprint()
  );
}

function installFingerprint() {
  return [process.version, process.platform, process.arch, fingerprint(INSTALL_INPUTS, MANIFESTS_ONLY)].join(
    ' ',
  );
}

/** The pnpm of an earlier installation when it is the pinned one, else npx fetches it. */
function install() {
  const args = ['install', '--frozen-lockfile', '--prod=false'];
  const options = { stdio: logToStandardError };
  const installed = path.join(root, 'node_modules', 'pnpm');
  if (existsSync(path.join(installed, 'package.json'))) {
    const { version } = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8'));
    if (`pnpm@${version}` === packageManager())
      return run(process.execPath, [path.join(installed, 'bin', 'pnpm.cjs'), ...args], options);
  }
  const npx = ['--yes', packageManager(), ...args];
  // A .cmd file only starts through a shell; no word here comes from outside.
  return process.platform === 'win32'
    ? run(['npx.cmd', ...npx].join(' '), [], { ...options, shell: true })
    : run('npx', npx, options);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await bootstrap();
