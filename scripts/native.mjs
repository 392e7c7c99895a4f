// npm run native:build: builds tfjs-node's binding to TensorFlow's own library in a cache outside the
// repository.
//
// TensorFlow's shared libraries and C headers come from its wheel on PyPI, the binding's sources from the npm
// package. pip and npm check both against the hashes in scripts/native/. selectBackend finds the result by
// itself.
import { spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { fail, root, withLock } from './lib.mjs';

const pins = path.join(root, 'scripts', 'native');
const { dependencies } = JSON.parse(readFileSync(path.join(pins, 'package.json'), 'utf8'));
const tensorflow = /tensorflow-cpu==(\S+)/.exec(readFileSync(path.join(pins, 'requirements.txt'), 'utf8'))[1];
/** The version of Node-API that the binding is built for. Node 20 and newer provide it. */
const NAPI = 8;
const KEY = `tfjs-node-${dependencies['@tensorflow/tfjs-node']}-tensorflow-${tensorflow}-napi-${NAPI}-linux-x64`;
/** The wheel's tags. With them, every Python fetches the same file, whose hash is pinned. */
const WHEEL = '--platform manylinux_2_27_x86_64 --python-version 3.11 --implementation cp --abi cp311'.split(
  ' ',
);
const GLIBC = '2.27';

/** The reason why this machine cannot have the native engine. The sources are not at fault. */
class Skipped extends Error {}

/** `$XDG_CACHE_HOME/unrolled/native`; `current` in it is the build that selectBackend finds. */
function cacheDirectory() {
  const base = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  return path.join(base, 'unrolled', 'native');
}

/**
 * Builds the binding if the cache does not contain it.
 *
 * @returns `{ directory }`, or `{ skipped }` with the reason in one line
 * @throws Error when a hash does not match, or the binding does not compile or load
 */
export async function buildNative() {
  try {
    const python = checkMachine();
    const cache = cacheDirectory();
    const directory = path.join(cache, KEY);
    mkdirSync(cache, { recursive: true });
    await withLock('native build', async () => {
      if (!existsSync(directory)) await buildInto(directory, python);
      pointTo(directory);
    });
    return { directory };
  } catch (error) {
    if (error instanceof Skipped) return { skipped: error.message };
    throw error;
  }
}

/** Checks what the build needs. @returns the Python whose pip fetches the wheel */
function checkMachine() {
  const machine = `${process.platform} ${process.arch}`;
  if (machine !== 'linux x64')
    throw new Skipped(`there is no pinned wheel for ${machine}, only for linux x64`);
  const glibc = process.report.getReport().header.glibcVersionRuntime;
  const isNew = glibc?.localeCompare(GLIBC, 'en', { numeric: true }) >= 0;
  if (!isNew)
    throw new Skipped(`TensorFlow's wheel needs glibc ${GLIBC}, got ${glibc ?? 'another C library'}`);
  if (!works('g++', ['--version'])) throw new Skipped('no g++ on the PATH (apt-get install g++)');
  const python = process.env.UNROLLED_PYTHON || 'python3';
  if (!works(python, ['-m', 'pip', '--version'])) throw new Skipped(`${python} has no pip`);
  return python;
}

const works = (command, args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** Builds next to the final folder, then renames the result, so the final folder is always complete. */
async function buildInto(directory, python) {
  const partial = mkdtempSync(`${directory}.`);
  const discard = () => rmSync(partial, { recursive: true, force: true });
  const interrupted = () => process.exit(130);
  process.on('exit', discard).on('SIGINT', interrupted).on('SIGTERM', interrupted);
  try {
    const wheel = await fetchWheel(partial, python);
    await fetchPackages(partial);
    const addon = path.join(partial, 'node_modules', '@tensorflow', 'tfjs-node');
    await unpack(wheel, path.join(addon, 'deps'), python);
    rmSync(wheel);
    await compile(addon, path.join(partial, 'node_modules', 'node-api-headers', 'include'));
    await load(partial);
    renameSync(partial, directory);
  } finally {
    discard();
    process.off('exit', discard).off('SIGINT', interrupted).off('SIGTERM', interrupted);
  }
}

async function fetchWheel(partial, python) {
  say(`fetching tensorflow-cpu ${tensorflow} by pip (274 MB)`);
  const requirements = path.join(pins, 'requirements.txt');
  const { code, output } = await capture(
    python,
    [
      ...['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-cache-dir', '--no-deps'],
      ...['--retries', '2', '--only-binary', ':all:', ...WHEEL, '--require-hashes', '--dest', partial],
      ...['--requirement', requirements],
    ],
    partial,
  );
  if (/do not match the hashes/i.test(output))
    throw new Error(`tensorflow-cpu does not have the pinned hash:\n${output}`);
  if (code !== 0) throw new Skipped(`pip could not fetch tensorflow-cpu ${tensorflow} (${lastLine(output)})`);
  return path.join(
    partial,
    readdirSync(partial).find((name) => name.endsWith('.whl')),
  );
}

async function fetchPackages(partial) {
  say(`fetching @tensorflow/tfjs-node ${dependencies['@tensorflow/tfjs-node']} by npm, without its scripts`);
  for (const name of ['package.json', 'package-lock.json'])
    copyFileSync(path.join(pins, name), path.join(partial, name));
  const { code, output } = await capture(
    'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    partial,
  );
  if (/EINTEGRITY/.test(output)) throw new Error(`a package does not have the pinned hash:\n${output}`);
  if (code !== 0) throw new Skipped(`npm could not fetch @tensorflow/tfjs-node (${lastLine(output)})`);
}

/**
 * Unpacks the libraries into `deps/lib` and the headers into `deps/include`, as tfjs-node's installation
 * does.
 */
async function unpack(wheel, deps, python) {
  say('unpacking the library and its headers');
  const script = `
import shutil, sys, pathlib, zipfile
wheel, deps = zipfile.ZipFile(sys.argv[1]), pathlib.Path(sys.argv[2])
headers = ('tensorflow/c/', 'tensorflow/core/platform/', 'tsl/platform/', 'xla/tsl/c/')
for name in wheel.namelist():
    target = None
    if name.startswith('tensorflow/libtensorflow_'):
        target = deps / 'lib' / name.removeprefix('tensorflow/')
    elif name.startswith(tuple('tensorflow/include/' + folder for folder in headers)) and name.endswith('.h'):
        target = deps / name.removeprefix('tensorflow/')
    elif name in ('tensorflow/include/LICENSE', 'tensorflow/THIRD_PARTY_NOTICES.txt'):
        target = deps / pathlib.Path(name).name
    if target:
        target.parent.mkdir(parents=True, exist_ok=True)
        with wheel.open(name) as source, target.open('wb') as out:
            shutil.copyfileobj(source, out, 1 << 20)
`;
  const { code, output } = await capture(python, ['-c', script, wheel, deps], deps);
  if (code !== 0) throw new Error(`the wheel cannot be unpacked:\n${output}`);
}

async function compile(addon, headers) {
  say('compiling the binding');
  const target = path.join(addon, 'lib', `napi-v${NAPI}`);
  mkdirSync(target, { recursive: true });
  const library = path.join(addon, 'deps', 'lib');
  const { code, output } = await capture(
    'g++',
    [
      ...['-std=c++17', '-O2', '-fPIC', '-shared', '-w', `-DNAPI_VERSION=${NAPI}`],
      ...['-I', headers, '-I', path.join(addon, 'deps', 'include')],
      ...['binding/tfjs_backend.cc', 'binding/tfjs_binding.cc', '-o', path.join(target, 'tfjs_binding.node')],
      ...['-L', library, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'],
      '-Wl,-rpath,$ORIGIN/../../deps/lib',
    ],
    addon,
  );
  if (code !== 0) throw new Error(`the binding does not compile:\n${output}`);
}

/**
 * Computes one product in a separate process. A build that cannot be loaded never becomes the current one.
 */
async function load(directory) {
  const script = `
    require('node:util').isNullOrUndefined ??= (value) => value == null;
    const tf = require('@tensorflow/tfjs-node');
    const [value] = tf.matMul(tf.ones([1, 3]), tf.ones([3, 1])).dataSync();
    if (value !== 3 || tf.getBackend() !== 'tensorflow') throw new Error('a wrong product: ' + value);`;
  const { code, output } = await capture(process.execPath, ['-e', script], directory);
  if (code !== 0) throw new Error(`the binding does not load:\n${output}`);
}

function pointTo(directory) {
  const current = path.join(path.dirname(directory), 'current');
  const link = `${current}.${process.pid}`;
  symlinkSync(path.basename(directory), link);
  renameSync(link, current);
}

/** A child's exit code, and everything that it printed. */
function capture(command, args, cwd) {
  return new Promise((resolve) => {
    mkdirSync(cwd, { recursive: true });
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data) => {
        output += data;
      });
    child.on('error', (error) => resolve({ code: 127, output: error.message }));
    child.on('close', (code) => resolve({ code, output }));
  });
}

const say = (line) => process.stderr.write(`native: ${line}\n`);
const lastLine = (text) => text.trim().split('\n').at(-1);

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    const { directory, skipped } = await buildNative();
    if (skipped) fail(`[unrolled/native] not built: ${skipped}`);
    process.stdout.write(`${directory}\n`);
  } catch (error) {
    fail(`[unrolled/native] ${error.message}`);
  }
}
