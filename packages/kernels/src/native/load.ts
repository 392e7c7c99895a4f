/**
 * Finds the native kernels: the package `@unrolled/native-<system>`, an optional dependency of this one.
 * Nothing is downloaded or compiled. If the package is missing, does not match or does not load, WebAssembly
 * computes.
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
  /** @throws Error where the processor lacks the instruction set, or there is no memory */
  open(threads: number, instructionSet: string): NativeExecutor;
}

/**
 * Systems whose package passes this project's tests before each release; on others it is used only where it
 * is asked for.
 */
const TESTED: ReadonlySet<string> = new Set(['linux-x64-gnu']);

/** The end of this system's package name. */
function ownSystem(): string {
  const { arch, platform } = process;
  const own = `${platform}-${arch}`;
  return platform === 'linux' ? `${own}-${isOnMusl() ? 'musl' : 'gnu'}` : own;
}

/**
 * Whether the program that runs this was made for musl: its file, in ELF of 64 bits, names its loader in the
 * segment PT_INTERP.
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
    // Nothing is known of it: the likelier one.
  } finally {
    if (file !== undefined) closeSync(file);
  }
  return false;
}

declare const __filename: string | undefined;

function requireHere(): NodeRequire {
  return createRequire(typeof __filename === 'string' ? __filename : import.meta.url);
}

/** The file of a system's package, or undefined. */
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
 * Whether the bytes are the published ones: loading truncated or changed code can end the process, which no
 * handler can catch.
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
    if (!isWhole(file)) return `${file} is damaged: install ${name} again`;
    const addon = requireHere()(file) as Addon;
    return addon.fingerprint === FINGERPRINT
      ? addon
      : `${name} is of another version than @unrolled/kernels: install both again`;
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
    return `native kernels are not tested on ${system}; UNROLLED_NATIVE_KERNELS=1 uses them`;
  loaded ??= load(system);
  return loaded;
}

/**
 * An executor on the add-on, which is loaded once. `UNROLLED_NATIVE_KERNELS` switches it off (0), or on where
 * it is not tested (1); `UNROLLED_NATIVE_INSTRUCTIONS` takes avx2 where there would be more.
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
