import * as tf from '@tensorflow/tfjs-core';
import { unrolledBackendInfo } from '@unrolled/kernels';

/**
 * The machine and software that the last bits of a run depend on. It contains no time stamp and no host name.
 */
export type Environment = Readonly<Record<string, string>>;

/** The backend and its executor, tfjs's version, and in Node its version and the machine's type. */
export function currentEnvironment(): Environment {
  const { process } = globalThis as {
    process?: { version?: string; platform?: string; arch?: string };
  };
  const backend = tf.getBackend();
  const unrolled = backend === 'unrolled' ? unrolledBackendInfo() : undefined;
  // Native kernels compute the same bits with every instruction set.
  const engine =
    unrolled && (unrolled.executor.name === 'native' ? 'native kernels' : `${unrolled.binary} SIMD`);
  return {
    backend: engine ? `${backend} (${engine})` : backend,
    tfjs: tf.version_core,
    runtime: process?.version ? `node ${process.version}` : 'browser',
    platform: process?.platform ? `${process.platform} ${process.arch}` : 'browser',
  };
}

/** The entries in which two environments differ, as text; empty if there are none. */
export function environmentChanges(before: Environment, now: Environment): string[] {
  return Object.keys(now)
    .filter((key) => before[key] !== now[key])
    .map((key) => `${key} was ${before[key] ?? 'not recorded'} and is ${now[key]}`);
}
