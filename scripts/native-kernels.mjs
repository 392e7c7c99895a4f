// npm run native-kernels:build (-- SYSTEM… | --all): compiles packages/native into
// packages/native/platforms/*/unrolled.node, by default for this machine. The compiler, zig, is fetched from
// PyPI by pip into a cache outside the repository; scripts/native-kernels/ pins its hash. It runs on Linux
// x64 and compiles for every system. The same sources give the same bytes. `--record` writes their hashes to
// packages/native/hashes.json, and `--check` fails if they differ from that file.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { cHeader } from '../packages/kernels/abi/c-header.mjs';
import { fail, root, run, withLock } from './lib.mjs';

const home = path.join(root, 'packages', 'native');
const sources = path.join(home, 'src');
const pins = path.join(root, 'scripts', 'native-kernels', 'requirements.txt');
const version = /ziglang==(\S+)/.exec(readFileSync(pins, 'utf8'))[1];
const WHEEL = ['--platform', 'manylinux_2_12_x86_64', '--python-version', '3.11'];

/** Zig's name for each system, by the name of its package. */
const TARGETS = {
  'linux-x64-gnu': 'x86_64-linux-gnu.2.17',
  'linux-x64-musl': 'x86_64-linux-musl',
  'linux-arm64-gnu': 'aarch64-linux-gnu.2.17',
  'linux-arm64-musl': 'aarch64-linux-musl',
  'darwin-x64': 'x86_64-macos.11.0',
  'darwin-arm64': 'aarch64-macos.11.0',
  'win32-x64': 'x86_64-windows-gnu',
};
const SYSTEMS = Object.keys(TARGETS);

/**
 * The jobs are compiled once for each of these: its flags, and the name by which the executor finds its jobs.
 */
const INSTRUCTION_SETS = {
  x64: [
    { name: 'avx512', flags: ['-march=x86_64_v4', '-mprefer-vector-width=512'] },
    // Aligned loops run faster where two threads of the processor share a core (a decision has the figures).
    { name: 'avx2', flags: ['-march=x86_64_v3', '-falign-loops=64'] },
  ],
  arm64: [{ name: 'neon', flags: [] }],
};

/**
 * No contraction: the sources write every fused multiply-add explicitly, so all instruction sets give the
 * same bits.
 */
const FLAGS = [
  ...['-std=c++17', '-O3', '-g0', '-fPIC', '-fvisibility=hidden', '-fno-exceptions', '-fno-rtti'],
  ...['-fno-math-errno', '-fno-trapping-math', '-ffp-contract=off', '-Wall', '-Werror', '-DNAPI_VERSION=8'],
];

/** The exit code if this machine cannot compile. */
export const NO_COMPILER = 3;

/** The reason why this machine cannot compile. The sources are not at fault. */
class Skipped extends Error {}

/** This machine's system. */
function ownSystem() {
  const own = `${process.platform}-${process.arch}`;
  if (process.platform !== 'linux') return own;
  return process.report.getReport().header.glibcVersionRuntime ? `${own}-gnu` : `${own}-musl`;
}

/**
 * Compiles for the given systems, by default for this machine's.
 *
 * @returns the file of each, or `{ skipped }` with the reason in one line
 * @throws Error if a hash does not match or the sources do not compile
 */
export async function buildNativeKernels(systems = [ownSystem()]) {
  try {
    const zig = await compiler();
    mkdirSync(path.join(sources, 'generated'), { recursive: true });
    writeFileSync(path.join(sources, 'generated', 'unrolled_abi.h'), cHeader());
    const files = {};
    for (const system of systems) files[system] = await compile(zig, system);
    return { files };
  } catch (error) {
    if (error instanceof Skipped) return { skipped: error.message };
    throw error;
  }
}

/** The command that runs the pinned zig. It is fetched if the cache does not contain it. */
async function compiler() {
  const own = `${process.platform} ${process.arch}`;
  if (own !== 'linux x64') throw new Skipped(`there is no pinned compiler for ${own}, only for linux x64`);
  const cache = path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'unrolled');
  const directory = path.join(cache, `zig-${version}`);
  try {
    mkdirSync(cache, { recursive: true });
  } catch (error) {
    throw new Skipped(`the cache for the compiler cannot be created (${error.message})`);
  }
  await withLock('compiler', async () => {
    if (!existsSync(directory)) fetchCompiler(directory);
  });
  return path.join(directory, 'ziglang', 'zig');
}

function fetchCompiler(directory) {
  const python = process.env.UNROLLED_PYTHON || 'python3';
  if (spawnSync(python, ['-m', 'pip', '--version'], { stdio: 'ignore' }).status !== 0)
    throw new Skipped(`${python} has no pip`);
  process.stderr.write(`native kernels: fetching zig ${version} by pip (100 MB)\n`);
  const partial = mkdtempSync(`${directory}.`);
  try {
    const { status, stdout, stderr } = spawnSync(
      python,
      [
        ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-cache-dir', '--no-deps'],
        ...[
          '--only-binary',
          ':all:',
          ...WHEEL,
          '--require-hashes',
          '--target',
          partial,
          '--requirement',
          pins,
        ],
      ],
      { encoding: 'utf8' },
    );
    const output = `${stdout}${stderr}`;
    if (/do not match the hashes/i.test(output))
      throw new Error(`zig does not have the pinned hash:\n${output}`);
    if (status !== 0)
      throw new Skipped(`pip could not fetch ziglang ${version} (${output.trim().split('\n').at(-1)})`);
    renameSync(partial, directory);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** Compiles in a separate folder, then moves the file to its place, so the file there is always complete. */
async function compile(zig, system) {
  const target = TARGETS[system];
  if (!target) fail(`[unrolled/native-kernels] expected systems of ${SYSTEMS.join(', ')}, got ${system}`);
  process.stderr.write(`native kernels: compiling for ${system}\n`);
  const folder = path.join(home, 'build', system);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const headers = path.join(home, 'node_modules', 'node-api-headers');
  const include = path.relative(sources, path.join(headers, 'include'));
  const common = ['c++', '-target', target, ...FLAGS, '-I', include];
  const objects = [];
  const object = async (source, name, flags = []) => {
    // The paths that the compiler gets become part of the bytes, so all of them are relative.
    const output = path.relative(sources, path.join(folder, `${name}.o`));
    await must(zig, [...common, ...flags, '-c', source, '-o', output], sources);
    objects.push(`${name}.o`);
  };
  for (const { name, flags } of INSTRUCTION_SETS[system.split('-')[1]]) {
    const defined = [`-DINSTRUCTION_SET=${name.toUpperCase()}`, `-DINSTRUCTION_SET_NAME="${name}"`];
    await object('jobs.cc', name, [...flags, ...defined]);
  }
  for (const name of ['pool', 'executor', 'addon']) await object(`${name}.cc`, name);
  const file = 'unrolled.node';
  const link = [
    '-shared',
    '-s',
    '-nostdlib++',
    ...objects,
    ...(await hostSymbols(zig, system, headers, folder)),
  ];
  await must(zig, ['c++', '-target', target, ...link, '-o', file], folder);
  const place = path.join(home, 'platforms', system, 'unrolled.node');
  if (system.startsWith('win32')) clearTimestamp(path.join(folder, file));
  cpSync(path.join(folder, file), `${place}.${process.pid}`);
  renameSync(`${place}.${process.pid}`, place);
  // With the hash, the loader detects a truncated or changed file.
  writeFileSync(`${place}.sha256`, `${hashOf(place)}\n`);
  return place;
}

/**
 * Removes the time that the linker writes into a PE file's header, 8 bytes after the signature. No option of
 * the linker prevents it.
 */
function clearTimestamp(file) {
  const bytes = readFileSync(file);
  bytes.writeUInt32LE(0, bytes.readUInt32LE(0x3c) + 8);
  writeFileSync(file, bytes);
}

/** The linker's arguments for symbols that the host program provides. */
async function hostSymbols(zig, system, headers, folder) {
  if (system.startsWith('darwin')) return ['-Wl,-undefined,dynamic_lookup'];
  if (!system.startsWith('win32')) return [];
  const library = 'node.lib';
  const definitions = path.relative(folder, path.join(headers, 'def', 'node_api.def'));
  await must(
    zig,
    ['dlltool', '-m', 'i386:x86-64', '-D', 'node.exe', '-d', definitions, '-l', library],
    folder,
  );
  return [library];
}

async function must(command, args, cwd) {
  const { code } = await run(command, args, { cwd, stdio: ['ignore', 2, 2] });
  if (code !== 0) throw new Error(`zig ${args[0]} for ${args[2]} ended with ${code}`);
}

const hashOf = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const words = process.argv.slice(2);
  const named = words.filter((word) => !word.startsWith('--'));
  const all = words.includes('--all') || words.includes('--record') || words.includes('--check');
  try {
    const systems = named.length > 0 && !words.includes('--record') ? named : all ? SYSTEMS : undefined;
    const { files, skipped } = await buildNativeKernels(systems);
    if (skipped) fail(`[unrolled/native-kernels] not built: ${skipped}`, NO_COMPILER);
    const hashes = Object.fromEntries(Object.entries(files).map(([system, file]) => [system, hashOf(file)]));
    for (const [system, hash] of Object.entries(hashes)) process.stdout.write(`${hash}  ${system}\n`);
    compareHashes(hashes, words);
  } catch (error) {
    fail(`[unrolled/native-kernels] ${error.message}`);
  }
}

function compareHashes(hashes, words) {
  const record = path.join(home, 'hashes.json');
  if (words.includes('--record'))
    writeFileSync(record, `${JSON.stringify({ zig: version, hashes }, null, 2)}\n`);
  if (!words.includes('--check')) return;
  const recorded = JSON.parse(readFileSync(record, 'utf8')).hashes;
  const other = Object.keys(hashes).filter((system) => hashes[system] !== recorded[system]);
  if (other.length > 0)
    fail(
      `[unrolled/native-kernels] expected the hashes of packages/native/hashes.json, got different ones for ${other.join(', ')}: if the sources changed, write the new hashes with --record`,
    );
}
