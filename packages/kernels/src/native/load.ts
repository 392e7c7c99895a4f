/**
 * Finds the native kernels: the package `@unrolled/native-<system>` that was installed along with this one, an optional dependency. Nothing is
 * downloaded or compiled; where the package is missing, does not fit or does not load, WebAssembly computes.
 */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { FINGERPRINT } from '../generated/abi';
import type { NativeExecutor, NativeLoader } from './native-jobs';

/** The add-on (packages/native/src/addon.cc). */
interface Addon {
  /** Of abi/, as the add-on was compiled. */
  readonly fingerprint: number;
  /** @throws Error where the processor lacks the instruction set, or there is no memory */
  open(threads: number, instructionSet: string): NativeExecutor;
}

/** Systems whose package passes this project's tests before each release; on others it is used only where it is asked for. */
const TESTED: ReadonlySet<string> = new Set(['linux-x64-gnu']);

/** What the name of this system's package ends with. */
function ownSystem(): string {
  const { arch, platform } = process;
  const own = `${platform}-${arch}`;
  return platform === 'linux' ? `${own}-${isOnMusl() ? 'musl' : 'gnu'}` : own;
}

/** Whether the program that runs this was made for musl: the head of its file names its loader. */
function isOnMusl(): boolean {
  const head = Buffer.alloc(4096);
  try {
    const file = openSync(process.execPath, 'r');
    readSync(file, head);
    closeSync(file);
  } catch {
    // Nothing is known of it: the likelier one.
  }
  return head.includes('/ld-musl-');
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

/** Whether the bytes are those that were published: the start of code that was cut off or changed can end the process, which nothing can catch. */
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
 * An executor on the add-on, which is loaded once. `UNROLLED_NATIVE_KERNELS` switches it off (0), or on where it is not tested (1);
 * `UNROLLED_NATIVE_INSTRUCTIONS` takes avx2 where there would be more.
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
