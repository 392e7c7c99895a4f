import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';

export const CPU_PACKAGE = '@tensorflow/tfjs-node';
export const GPU_PACKAGE = '@tensorflow/tfjs-node-gpu';
export type NativePackage = typeof CPU_PACKAGE | typeof GPU_PACKAGE;

/** TensorFlow's engine. After loading, tfjs's backend `tensorflow` is registered. */
export interface Native {
  /** Undefined if nothing was loaded. */
  usesGpu?: boolean | undefined;
  /** The reason for each earlier package why it is not used, a line each. */
  problems: readonly string[];
}

/**
 * Loads tfjs-node from the first of these folders whose node_modules contains it: `UNROLLED_NATIVE`, and only
 * that if it is set; `native` in the current directory; the current directory; the folder of
 * `npm run native:build`. A backend that the program itself has loaded is used as it is.
 *
 * @param packages in order of preference
 * @param threads number of threads for TensorFlow's ops; default all cores
 */
export function loadNative(packages: readonly NativePackage[], threads?: number): Native {
  const problems: string[] = [];
  for (const name of packages) {
    const native = currentNative() ?? loadPackage(name, threads);
    if (typeof native !== 'string') return { ...native, problems };
    problems.push(native);
  }
  return { problems };
}

/** Whether a package can be found; its native library may still be missing. */
export function isNativeInstalled(name: NativePackage): boolean {
  return currentNative() !== undefined || requireOf(name) !== undefined;
}

export const notInstalled = (name: NativePackage) => `${name} is not installed`;

function currentNative(): { usesGpu: boolean } | undefined {
  if (!tf.findBackendFactory('tensorflow')) return undefined;
  const backend = tf.findBackend('tensorflow') as { isUsingGpuDevice?: boolean } | null;
  return backend ? { usesGpu: backend.isUsingGpuDevice === true } : undefined;
}

function places(): string[] {
  const { UNROLLED_NATIVE, XDG_CACHE_HOME } = process.env;
  if (UNROLLED_NATIVE) return [path.resolve(UNROLLED_NATIVE)];
  const cache = XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  return [
    path.join(process.cwd(), 'native'),
    process.cwd(),
    path.join(cache, 'unrolled', 'native', 'current'), // The folder of scripts/native.mjs.
  ];
}

/** A `require` that resolves the package. */
function requireOf(name: NativePackage): NodeRequire | undefined {
  return places()
    .filter((place) => existsSync(place))
    .map((place) => createRequire(path.join(place, 'package.json')))
    .find((require) => {
      try {
        require.resolve(name);
        return true;
      } catch {
        return false;
      }
    });
}

/** Loads one package, or returns one line with the reason why it cannot be loaded. */
function loadPackage(name: NativePackage, threads: number | undefined): { usesGpu: boolean } | string {
  const require = requireOf(name);
  if (!require) return notInstalled(name);
  prepare(require, threads);
  try {
    quietly(() => require(name));
  } catch (error) {
    return whyNot(name, error as Error);
  }
  return currentNative() ?? `${name} registered no backend`;
}

/** Sets environment variables that TensorFlow reads while it loads. Existing variables are kept. */
function prepare(require: NodeRequire, threads: number | undefined): void {
  const util = require('node:util') as { isNullOrUndefined?: (value: unknown) => boolean };
  // tfjs-node ≤ 4.22 calls this function, which Node 23 removed.
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
  // Enables oneDNN's matrix products, which TensorFlow disables on most AMD processors
  // (docs/decisions/2026-11-23-native-engine.md).
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '1';
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '1';
  if (threads !== undefined) process.env.TF_NUM_INTRAOP_THREADS ??= String(threads);
}

/**
 * The add-on brings its own copy of tfjs, which warns about each kernel that the first copy has registered.
 */
function quietly(load: () => void): void {
  const isProduction = tf.env().getBool('PROD');
  tf.env().set('PROD', true);
  try {
    load();
  } finally {
    tf.env().set('PROD', isProduction);
  }
}

/** tfjs-node's error for a missing library has six lines and no code. */
function whyNot(name: NativePackage, { message }: Error): string {
  const reason = /tfjs_binding\.node\)? can not/.test(message)
    ? 'is installed without its native library'
    : `cannot be loaded (${message.split('\n')[0]})`;
  return `${name} ${reason}`;
}
