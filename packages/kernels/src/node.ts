import * as tf from '@tensorflow/tfjs-core';
import { inWords, type OptionKinds, UnrolledError } from '@unrolled/errors';
// The built package's main entry, not a second copy of it: the backend and its state live there.
import {
  type EngineOptions,
  unregisterUnrolledBackend,
  unrolledBackendInfo,
  useUnrolledBackend,
} from './index-node';
import { checkOptions, refuse } from './refuse';
import {
  CPU_PACKAGE,
  GPU_PACKAGE,
  isNativeInstalled,
  loadNative,
  type Native,
  notInstalled,
} from './tensorflow/load-native';

/**
 * `unrolled`: native kernels or WebAssembly; `cpu`: tfjs's JavaScript; `native`: TensorFlow through
 * tfjs-node-gpu or tfjs-node; `gpu`: the same, on a GPU; `auto`: for models that are not small the GPU if
 * there is one, else `unrolled`, or for layers of many units TensorFlow if there are no native kernels, else
 * `cpu`.
 */
export type BackendChoice = 'auto' | 'unrolled' | 'cpu' | 'native' | 'gpu';

export interface SelectedBackend {
  /** tfjs's name of the backend that is now current. */
  name: string;
  /** One line: what was chosen, and why nothing better was. */
  reason: string;
}

export interface SelectOptions extends EngineOptions {
  /**
   * H of the model's largest layer, by which `auto` chooses; by default large enough for a GPU, too small for
   * TensorFlow on the CPU.
   */
  units?: number | undefined;
  /** B of its batches; by default some tens of rows. */
  batchSize?: number | undefined;
}

const SELECT_KINDS: OptionKinds<SelectOptions> = {
  units: 'positive integer?',
  batchSize: 'positive integer?',
  threads: 'value?',
  binary: "'auto', 'plain' or 'relaxed'?",
  executor: "'auto', 'native' or 'webassembly'?",
  module: 'object?',
  workerUrl: 'string or object?',
  workerFactory: 'function?',
};

/**
 * Layers of at least this many units, with batches of at least this many rows, are faster with TensorFlow
 * than with WebAssembly; native kernels are faster than both (docs/decisions/2026-11-23-native-engine.md).
 */
const TENSORFLOW_UNITS = 512;
const TENSORFLOW_ROWS = 32;

/**
 * A GPU takes milliseconds to start a step: smaller ones are faster elsewhere
 * (docs/decisions/2026-11-27-on-a-gpu.md).
 */
const GPU_UNITS = 128;
const GPU_ROWS = 32;

function isForGpu({ units = GPU_UNITS, batchSize = GPU_ROWS }: SelectOptions): boolean {
  return units >= GPU_UNITS && batchSize >= GPU_ROWS;
}

function isForTensorFlow({ units = 0, batchSize = TENSORFLOW_ROWS }: SelectOptions): boolean {
  return units >= TENSORFLOW_UNITS && batchSize >= TENSORFLOW_ROWS;
}

async function select(name: string, reason: string): Promise<SelectedBackend> {
  await tf.setBackend(name);
  return { name, reason };
}

function missing(choice: string, got: string, remedy: string): UnrolledError {
  return new UnrolledError('kernels', 'selectBackend', { expected: `the '${choice}' engine`, got, remedy });
}

const addNative = (packageName: string) =>
  `npm install ${packageName} (in a checkout of unrolled: npm run native:build), or choose 'auto'`;

async function selectNative(choice: 'native' | 'gpu', { threads }: SelectOptions): Promise<SelectedBackend> {
  const wanted = choice === 'gpu' ? GPU_PACKAGE : CPU_PACKAGE;
  const { usesGpu, problems } = loadNative(
    choice === 'gpu' ? [GPU_PACKAGE] : [GPU_PACKAGE, CPU_PACKAGE],
    threads,
  );
  if (usesGpu === undefined) throw missing(choice, problems.join(', '), addNative(wanted));
  if (choice === 'gpu' && !usesGpu) {
    throw missing('gpu', 'TensorFlow without a GPU', "see that CUDA is installed, or choose 'auto'");
  }
  return select('tensorflow', `TensorFlow on the ${usesGpu ? 'GPU' : 'CPU'}, as asked`);
}

async function selectUnrolled(prefix: string, options: SelectOptions): Promise<SelectedBackend> {
  const { units: _, batchSize: __, ...engine } = options;
  try {
    await useUnrolledBackend(engine);
  } catch (error) {
    if (!(error instanceof UnrolledError)) throw error;
    const { code, expected, got, remedy } = error;
    const own = remedy?.replace("use tf.setBackend('cpu')", "choose 'cpu'");
    throw new UnrolledError(
      'kernels',
      'selectBackend',
      { code, expected, got, remedy: own },
      { cause: error },
    );
  }
  return { name: 'unrolled', reason: `${prefix}${engineWords()}` };
}

/** The executor of the backend `unrolled`, and for WebAssembly the reason why no native one runs. */
function engineWords(): string {
  const { binary, executor, threads } = unrolledBackendInfo()!;
  const count = `${threads} thread${threads > 1 ? 's' : ''}`;
  if (executor.name === 'native') return `native kernels (${executor.reason}, ${count})`;
  return `WebAssembly (${binary} SIMD, ${count}; no native kernels: ${executor.reason})`;
}

/** TensorFlow for a GPU, where `auto` may want it: loading it takes a second and hundreds of megabytes. */
function gpuForAuto(options: SelectOptions): Native {
  if (!isNativeInstalled(GPU_PACKAGE)) return { problems: [notInstalled(GPU_PACKAGE)] };
  if (!isForGpu(options)) return { problems: [`it is for ${GPU_UNITS} units and ${GPU_ROWS} rows and more`] };
  return loadNative([GPU_PACKAGE], options.threads);
}

/** The backend `unrolled`, or tfjs's JavaScript where there is no WebAssembly. */
async function selectOwn(options: SelectOptions): Promise<SelectedBackend> {
  try {
    return await selectUnrolled('', options);
  } catch (error) {
    const why = error instanceof UnrolledError ? error.got : (error as Error).message;
    return select('cpu', `no WebAssembly: ${why}; plain JavaScript`);
  }
}

async function selectAutomatically(options: SelectOptions): Promise<SelectedBackend> {
  const { usesGpu, problems } = gpuForAuto(options);
  if (usesGpu) return select('tensorflow', 'TensorFlow on the GPU');
  const noGpu = `no GPU engine: ${problems[0] ?? 'TensorFlow found no GPU'}`;
  const wasRunning = unrolledBackendInfo() !== undefined;
  const { name, reason } = await selectOwn(options);
  const executor = name === 'unrolled' ? unrolledBackendInfo()!.executor : undefined;
  if (executor?.name === 'native' || !isForTensorFlow(options)) {
    return { name, reason: `${noGpu}; ${reason}` };
  }
  const tensorFlow = loadNative([GPU_PACKAGE, CPU_PACKAGE], options.threads);
  if (tensorFlow.usesGpu === undefined) {
    return { name, reason: `${noGpu}; ${tensorFlow.problems.at(-1)}; ${reason}` };
  }
  if (!wasRunning) unregisterUnrolledBackend();
  const noKernels = executor ? `no native kernels: ${executor.reason}; ` : '';
  const from = `for ${TENSORFLOW_UNITS} units and ${TENSORFLOW_ROWS} rows and more`;
  return select('tensorflow', `${noGpu}; ${noKernels}TensorFlow on the CPU, ${from}`);
}

function threadsOfEnvironment(): number | undefined {
  const { UNROLLED_THREADS: setting } = process.env;
  if (!setting) return undefined;
  const threads = Number(setting);
  if (Number.isInteger(threads) && threads > 0) return threads;
  const remedy = 'leave it out for as many as the machine has cores';
  refuse('selectBackend', {
    expected: 'UNROLLED_THREADS to be a positive integer',
    got: inWords(setting),
    remedy,
  });
}

/**
 * Makes an engine current, and says which one and why. `auto` never fails; a choice by name throws when it
 * cannot be had. Native engines are never installed by this: README.md tells how to add one, and where they
 * are looked for.
 *
 * @param given threads (default `UNROLLED_THREADS`, or one a core), for WebAssembly its binary, and for
 *   `auto` the model's units and batch size
 * @throws UnrolledError when the engine asked for is missing, with the remedy
 */
export async function selectBackend(
  choice: BackendChoice = 'auto',
  given: SelectOptions = {},
): Promise<SelectedBackend> {
  checkOptions('selectBackend', given, SELECT_KINDS);
  const options = { ...given, threads: given.threads ?? threadsOfEnvironment() };
  switch (choice) {
    case 'auto':
      return selectAutomatically(options);
    case 'unrolled':
      return selectUnrolled('as asked: ', options);
    case 'cpu':
      return select('cpu', "tfjs's JavaScript, as asked");
    case 'native':
    case 'gpu':
      return selectNative(choice, options);
    default:
      refuse('selectBackend', {
        expected: 'auto, unrolled, cpu, native or gpu',
        got: inWords(choice),
        remedy: "'auto' takes the fastest one that there is",
      });
  }
}
