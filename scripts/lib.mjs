// Functions shared by the root scripts. They use Node's own modules only: they run before anything is
// installed.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const cache = path.join(root, 'node_modules', '.cache', 'unrolled');

/** The folders of the published packages in a checkout, including the native packages. */
export function publishedFolders(checkout = root) {
  return ['packages', 'packages/native/platforms', 'apps']
    .flatMap((folder) =>
      readdirSync(path.join(checkout, folder)).map((name) => path.join(checkout, folder, name)),
    )
    .filter((folder) => {
      const manifest = path.join(folder, 'package.json');
      return existsSync(manifest) && !JSON.parse(readFileSync(manifest, 'utf8')).private;
    });
}

/**
 * Prints one line on standard error and exits. The default code, 1, means an error of the user or the
 * machine.
 */
export function fail(line, exitCode = 1) {
  process.stderr.write(`${line}\n`);
  process.exit(exitCode);
}

/** The pinned package manager, `pnpm@10.34.8`, without the checksum corepack may add. */
export function packageManager() {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  return manifest.packageManager.split('+')[0];
}

/** The environment with the workspace's binaries on the path: turbo looks for a pnpm there. */
export function toolEnvironment(extra = {}) {
  const key = Object.keys(process.env).find((name) => name.toLowerCase() === 'path') ?? 'PATH';
  const binaries = path.join(root, 'node_modules', '.bin');
  return {
    ...process.env,
    TURBO_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
    [key]: [binaries, process.env[key]].filter(Boolean).join(path.delimiter),
    ...extra,
  };
}

/**
 * Runs a command and resolves to `{ code, signal }` when it ends. On Ctrl-C, a terminal sends SIGINT to the
 * child, too. Without a terminal only this process receives the signal, so it is passed on.
 */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env: toolEnvironment(), ...options });
    const hasTerminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
    const handlers = {
      SIGINT: () => !hasTerminal && child.kill('SIGINT'),
      SIGTERM: () => child.kill('SIGTERM'),
      SIGHUP: () => child.kill('SIGHUP'),
    };
    for (const [signal, handler] of Object.entries(handlers)) process.on(signal, handler);
    const end = (outcome) => {
      for (const [signal, handler] of Object.entries(handlers)) process.off(signal, handler);
      resolve(outcome);
    };
    child.on('error', (error) => end({ code: 127, signal: null, error }));
    child.on('close', (code, signal) => end({ code, signal }));
  });
}

/** Ends this process as its child ended: with the same code, or by the same signal. */
export function endLike({ code, signal }) {
  if (!signal) process.exit(code ?? 1);
  process.kill(process.pid, signal);
  // On Windows, or if the signal has a handler: exit with the code that a shell uses for the signal.
  setTimeout(() => process.exit(128 + (os.constants.signals[signal] ?? 0)), 200);
}

/** Sends a child's standard output to our standard error. Our standard output is for results. */
export const logToStandardError = ['ignore', 2, 2];

/** Paths written by installing, building and testing, which no build reads. */
const NOT_SOURCES = new Set(['node_modules', 'dist', '.turbo', 'test', 'generated']);

/**
 * A hash of the names, sizes and modification times of the files that match. Any edit changes it. It takes
 * milliseconds.
 */
export function fingerprint(paths, matching = /(?:)/) {
  const hash = createHash('sha256');
  const visit = (file) => {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (!stats) return void hash.update(`${file}:absent\n`);
    if (!stats.isDirectory()) {
      if (matching.test(file)) hash.update(`${file}:${stats.size}:${stats.mtimeMs}\n`);
      return;
    }
    for (const name of readdirSync(file).sort()) {
      if (!NOT_SOURCES.has(name)) visit(path.join(file, name));
    }
  };
  for (const item of paths) visit(path.resolve(root, item));
  return hash.digest('hex');
}

export function readStamp(name) {
  const file = path.join(cache, `${name}.stamp`);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

export function writeStamp(name, value) {
  mkdirSync(cache, { recursive: true });
  writeFileSync(path.join(cache, `${name}.stamp`), value);
}

/**
 * Lets one process at a time install or build in this checkout. A lock is taken over if its owner has ended.
 */
export async function withLock(name, work) {
  const lock = path.join(
    os.tmpdir(),
    `unrolled-${name}-${createHash('sha256').update(root).digest('hex').slice(0, 12)}`,
  );
  let told = false;
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (abandoned(lock)) {
      rmSync(lock, { recursive: true, force: true });
      continue;
    }
    if (!told) process.stderr.write(`waiting for another ${name} in this checkout\n`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const release = () => rmSync(lock, { recursive: true, force: true });
  process.on('exit', release);
  writeFileSync(path.join(lock, 'owner'), String(process.pid));
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function abandoned(lock) {
  const owner = path.join(lock, 'owner');
  try {
    if (!existsSync(owner)) return Date.now() - statSync(lock).mtimeMs > 5000;
    process.kill(Number(readFileSync(owner, 'utf8')), 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH' || error.code === 'ENOENT';
  }
}

/** A seeded stream of numbers in [0, 1): mulberry32. */
export function uniforms(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
