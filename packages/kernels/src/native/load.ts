/**
 * Finds the native kernels in the package `@unrolled/native-<system>`, an optional dependency of this
 * package. Nothing is downloaded or compiled. If the package is missing, of another version or does not load,
 * the jobs run in WebAssembly.
 */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { FINGERPRINT } from '../generated/abi';
import type { NativeExecutor, NativeLoader } from './native-jobs';

/** The add-on (packages/native/src/addon.cc). */
interface Addon {
  /** Hash of abi/, as compiled into the add-on. */
  readonly fingerprint: number;
  /** @throws Error if the processor lacks the instruction set, or memory cannot be allocated */
  open(threads: number, instructionSet: string): NativeExecutor;
}

/**
 * The systems on which this project's tests pass before each release. On other systems the native kernels run
 * only on request.
 */
const TESTED: ReadonlySet<string> = new Set(['linux-x64-gnu']);

/** This system's suffix of the package name. */
function ownSystem(): string {
  const { arch, platform } = process;
  const own = `${platform}-${arch}`;
  return platform === 'linux' ? `${own}-${isOnMusl() ? 'musl' : 'gnu'}` : own;
}

/**
 * Whether the running executable was linked against musl. The PT_INTERP segment of its 64-bit ELF file has
 * the path of the dynamic loader.
 */
function isOnMusl(): boolean {
  let file: number | undefined;
  try {
    file = openSync(process.execPath, 'r');
    const read = (at: number, count: number) => {
      const bytes = Buffer.alloc(count);
      readSync(file!, bytes, 0, count, at);
      return bytes;
    };
    const head = read(0, 64);
    const [width, count] = [head.readUInt16LE(54), head.readUInt16LE(56)];
    const table = read(Number(head.readBigUInt64LE(32)), width * count);
    for (let at = 0; at < table.length; at += width)
      if (table.readUInt32LE(at) === 3)
        return read(Number(table.readBigUInt64LE(at + 8)), 64).includes('/ld-musl-');
  } catch {
    // The file cannot be read: assume glibc, which is more common.
  } finally {
    if (file !== undefined) closeSync(file);
  }
  return false;
}

declare const __filename: string | undefined;

function requireHere(): NodeRequire {
  return createRequire(typeof __filename === 'string' ? __filename : import.meta.url);
}

/** The path of the add-on in a system's package; undefined if the package is not installed. */
function fileOf(system: string): string | undefined {
  try {
    const manifest = requireHere().resolve(`@unrolled/native-${system}/package.json`);
    const file = path.join(path.dirname(manifest), 'unrolled.node');
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

let loaded: Addon | string | undefined;

/**
 * Whether the file has the published hash. Loading truncated or changed machine code can crash the process,
 * which cannot be caught.
 */
function isWhole(file: string): boolean {
  if (!existsSync(`${file}.sha256`)) return false;
  const published = readFileSync(`${file}.sha256`, 'utf8').trim();
  return createHash('sha256').update(readFileSync(file)).digest('hex') === published;
}

function load(system: string): Addon | string {
  const name = `@unrolled/native-${system}`;
  try {
    const file = fileOf(system)!;
    if (!isWhole(file)) return `${file} is damaged; reinstall ${name}`;
    const addon = requireHere()(file) as Addon;
    return addon.fingerprint === FINGERPRINT
      ? addon
      : `${name} has another version than @unrolled/kernels; reinstall both`;
  } catch (error) {
    return `${name} does not load: ${String((error as Error).message).split('\n')[0]!}`;
  }
}

function addonOf(isAsked: boolean): Addon | string {
  const { UNROLLED_NATIVE_KERNELS: setting } = process.env;
  if (setting === '0') return 'UNROLLED_NATIVE_KERNELS=0';
  const system = ownSystem();
  if (!fileOf(system)) return `@unrolled/native-${system} is not installed`;
  if (!isAsked && setting !== '1' && !TESTED.has(system))
    return `native kernels are untested on ${system}; set UNROLLED_NATIVE_KERNELS=1 to use them`;
  loaded ??= load(system);
  return loaded;
}

/**
 * An executor of the add-on, which is loaded once. `UNROLLED_NATIVE_KERNELS=0` disables it, and `=1` enables
 * it on untested systems. `UNROLLED_NATIVE_INSTRUCTIONS=avx2` limits the instruction set.
 */
export const loadNative: NativeLoader = (threads, isAsked) => {
  const addon = addonOf(isAsked);
  if (typeof addon === 'string') return addon;
  try {
    return addon.open(threads, process.env.UNROLLED_NATIVE_INSTRUCTIONS ?? '');
  } catch (error) {
    return (error as Error).message;
  }
};
