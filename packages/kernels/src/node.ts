import { createRequire } from 'node:module';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { UnrolledError } from '@unrolled/errors';
// The built package's main entry, not a second copy of it: the backend and its state live there.
import { type EngineOptions, unrolledBackendInfo, useUnrolledBackend } from './index';

/**
 * `unrolled`: WebAssembly; `cpu`: tfjs's JavaScript; `native`: TensorFlow through tfjs-node; `gpu`: TensorFlow on a GPU through
 * tfjs-node-gpu; `auto`: the GPU if there is one, else `unrolled`, else `cpu`.
 */
export type BackendChoice = 'auto' | 'unrolled' | 'cpu' | 'native' | 'gpu';

export interface SelectedBackend {
  /** tfjs's name of the backend that is now current. */
  name: string;
  /** One line: what was chosen, and why nothing better was. */
  reason: string;
}

/** tfjs-node ≤ 4.22 calls this function, which Node 23 removed. */
function restoreIsNullOrUndefined(require: NodeRequire): void {
  const util = require('node:util') as { isNullOrUndefined?: (value: unknown) => boolean };
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
}

interface Native {
  usesGpu: boolean;
}

/** Loads a native engine from the application's folder or from beside this package; a string says why it did not work. */
function loadNative(packageName: string): Native | string {
  const places = [path.join(process.cwd(), 'native/package.json'), path.join(process.cwd(), 'package.json')];
  let problem = `${packageName} is not installed`;
  for (const place of places) {
    const require = createRequire(place);
    try {
      require.resolve(packageName);
    } catch {
      continue;
    }
    try {
      restoreIsNullOrUndefined(require);
      require(packageName);
      const backend = tf.findBackend('tensorflow') as { isUsingGpuDevice?: boolean } | null;
      if (backend) return { usesGpu: backend.isUsingGpuDevice === true };
      problem = `${packageName} registered no backend`;
    } catch (error) {
      problem = `${packageName} does not load (${(error as Error).message.split('\n')[0]})`;
    }
  }
  return problem;
}

async function select(name: string, reason: string): Promise<SelectedBackend> {
  await tf.setBackend(name);
  return { name, reason };
}

function missing(choice: string, got: string, remedy: string): UnrolledError {
  return new UnrolledError('kernels', 'selectBackend', { expected: `the '${choice}' engine`, got, remedy });
}

async function selectNative(choice: 'native' | 'gpu'): Promise<SelectedBackend> {
  const packageName = choice === 'gpu' ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node';
  const native = loadNative(packageName);
  if (typeof native === 'string')
    throw missing(choice, native, `npm install ${packageName}, or choose 'auto'`);
  if (choice === 'gpu' && !native.usesGpu) {
    throw missing('gpu', 'TensorFlow without a GPU', "see that CUDA is installed, or choose 'auto'");
  }
  return select('tensorflow', `TensorFlow${native.usesGpu ? ' on the GPU' : ''}, as asked`);
}

async function selectUnrolled(prefix: string, options: EngineOptions): Promise<SelectedBackend> {
  await useUnrolledBackend(options);
  const { binary, threads } = unrolledBackendInfo()!;
  return {
    name: 'unrolled',
    reason: `${prefix}WebAssembly (${binary} SIMD, ${threads} thread${threads > 1 ? 's' : ''})`,
  };
}

async function selectAutomatically(options: EngineOptions): Promise<SelectedBackend> {
  const native = loadNative('@tensorflow/tfjs-node-gpu');
  if (typeof native !== 'string' && native.usesGpu) return select('tensorflow', 'TensorFlow on the GPU');
  const noGpu = typeof native === 'string' ? native : 'TensorFlow found no GPU';
  try {
    return await selectUnrolled(`no GPU engine: ${noGpu}; `, options);
  } catch (error) {
    return select(
      'cpu',
      `no GPU engine: ${noGpu}; no WebAssembly: ${(error as Error).message}; plain JavaScript`,
    );
  }
}

/**
 * Makes an engine current, and says which one and why. `auto` never fails; a choice by name throws when it cannot be had.
 * Native engines are looked for in ./native and in the current directory's node_modules, and are never installed.
 *
 * @param options for the WebAssembly engine: threads, binary
 * @throws UnrolledError when the engine asked for is missing, with the remedy
 */
export async function selectBackend(
  choice: BackendChoice = 'auto',
  options: EngineOptions = {},
): Promise<SelectedBackend> {
  switch (choice) {
    case 'auto':
      return selectAutomatically(options);
    case 'unrolled':
      return selectUnrolled('as asked: ', options);
    case 'cpu':
      return select('cpu', "tfjs's JavaScript, as asked");
    case 'native':
    case 'gpu':
      return selectNative(choice);
    default:
      throw new UnrolledError('kernels', 'selectBackend', {
        expected: 'auto, unrolled, cpu, native or gpu',
        got: String(choice),
      });
  }
}
