import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';

export const CPU_PACKAGE = '@tensorflow/tfjs-node';
export const GPU_PACKAGE = '@tensorflow/tfjs-node-gpu';
export type NativePackage = typeof CPU_PACKAGE | typeof GPU_PACKAGE;

/** TensorFlow's engine: once loaded, tfjs's backend `tensorflow` is registered. */
export interface Native {
  /** Undefined when nothing was loaded. */
  usesGpu?: boolean | undefined;
  /** Why each package that was tried before it is not in use, a line each. */
  problems: readonly string[];
}

/**
 * Loads tfjs-node from the first of these folders whose node_modules has it: `UNROLLED_NATIVE`, and only that
 * where it is set; `native` in the current directory; the current directory; what `npm run native:build`
 * made. A backend that the program has loaded itself is taken as it is.
 *
 * @param packages in the order of preference
 * @param threads for TensorFlow's ops; all cores by default
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

/** Whether a package is there to be loaded, be it whole or not. */
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
    path.join(cache, 'unrolled', 'native', 'current'), // scripts/native.mjs
  ];
}

/** A `require` that finds the package. */
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

/** Loads one package, or says in one line why not. */
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

/** The environment that must be set before TensorFlow loads. Existing variables are kept. */
function prepare(require: NodeRequire, threads: number | undefined): void {
  const util = require('node:util') as { isNullOrUndefined?: (value: unknown) => boolean };
  // tfjs-node ≤ 4.22 calls this function, which Node 23 removed.
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
  // oneDNN's products, which TensorFlow leaves off on most AMD processors
  // (docs/decisions/2026-11-23-native-engine.md).
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '1';
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '1';
  if (threads !== undefined) process.env.TF_NUM_INTRAOP_THREADS ??= String(threads);
}

/** The add-on has its own copy of tfjs, which warns about everything that the first one has registered. */
function quietly(load: () => void): void {
  const isProduction = tf.env().getBool('PROD');
  tf.env().set('PROD', true);
  try {
    load();
  } finally {
    tf.env().set('PROD', isProduction);
  }
}

/** tfjs-node's error for a missing library is six lines, without a code. */
function whyNot(name: NativePackage, { message }: Error): string {
  const reason = /tfjs_binding\.node\)? can not/.test(message)
    ? 'is installed without its native library'
    : `does not load (${message.split('\n')[0]})`;
  return `${name} ${reason}`;
}
