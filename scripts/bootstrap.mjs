// Installs the packages of the lockfile if they are not installed. It needs only Node and npm.
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

/** The files that determine an installation: the lockfile and every manifest. */
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
 * Updates node_modules to the lockfile; this takes milliseconds if nothing changed. All output is on standard
 * error.
 */
export async function bootstrap() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20)
    fail(`[unrolled/bootstrap] expected Node 20 or newer, got ${process.version}: install a newer Node`);
  if (upToDate()) return;
  await withLock('installation', async () => {
    if (upToDate()) return;
    process.stderr.write('installing the packages of the lockfile\n');
    const before = installFingerprint();
    const { code, signal } = await install();
    if (signal) process.exit(130);
    if (code !== 0)
      fail(
        `[unrolled/bootstrap] expected '${packageManager()} install --frozen-lockfile' to succeed, got exit code ${code}: ` +
          'see the lines above; the installation needs the npm registry (npm config get registry) and a lockfile that matches package.json',
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

/** Uses the pnpm of an earlier installation if it has the pinned version; otherwise npx downloads it. */
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
  // A .cmd file can be started only by a shell. No argument comes from outside.
  return process.platform === 'win32'
    ? run(['npx.cmd', ...npx].join(' '), [], { ...options, shell: true })
    : run('npx', npx, options);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await bootstrap();
