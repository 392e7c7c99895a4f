import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parameterCount, type Workload } from './workloads';

export const ENGINE_NAMES = [
  'unrolled',
  'unrolled-relaxed',
  'unrolled-native',
  'cpu',
  'tensorflow',
  'tfjs-layers-cpu',
  'tfjs-layers-wasm',
  'tfjs-layers-unrolled',
  'tfjs-layers-tensorflow',
  'jax-js',
  'onnxruntime',
  'pytorch',
  'pytorch-malloc',
] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** One engine with one number of threads. Each gets a process. */
export interface Configuration {
  readonly engine: EngineName;
  readonly threads: number;
  /** Another checkout, whose built bench and packages run instead of this one's. */
  readonly checkout?: string;
}

/** Engines with threads run with one thread and with two. */
export const CONFIGURATIONS: readonly Configuration[] = [
  { engine: 'unrolled', threads: 1 },
  { engine: 'unrolled', threads: 2 },
  { engine: 'unrolled-relaxed', threads: 1 },
  { engine: 'unrolled-relaxed', threads: 2 },
  { engine: 'unrolled-native', threads: 1 },
  { engine: 'unrolled-native', threads: 2 },
  { engine: 'cpu', threads: 1 },
  { engine: 'tensorflow', threads: 1 },
  { engine: 'tensorflow', threads: 2 },
  { engine: 'tfjs-layers-cpu', threads: 1 },
  { engine: 'tfjs-layers-wasm', threads: 1 },
  { engine: 'tfjs-layers-unrolled', threads: 1 },
  { engine: 'tfjs-layers-unrolled', threads: 2 },
  { engine: 'tfjs-layers-tensorflow', threads: 1 },
  { engine: 'tfjs-layers-tensorflow', threads: 2 },
  { engine: 'jax-js', threads: 1 },
  { engine: 'onnxruntime', threads: 1 },
  { engine: 'onnxruntime', threads: 2 },
  { engine: 'pytorch', threads: 1 },
  { engine: 'pytorch', threads: 2 },
  { engine: 'pytorch-malloc', threads: 1 },
  { engine: 'pytorch-malloc', threads: 2 },
];

/**
 * PyTorch with the system's default malloc, and with malloc settings that suit PyTorch. The ratios use the
 * faster one.
 */
export const PYTORCH: readonly EngineName[] = ['pytorch', 'pytorch-malloc'];

/** The widest instruction sets that all engines may use. By default an engine uses what the processor has. */
export const INSTRUCTION_SETS = ['avx2'] as const;
export type InstructionSet = (typeof INSTRUCTION_SETS)[number];

/**
 * Engines that can be limited to an instruction set, and those in WebAssembly, whose vectors have 128 bits on
 * every processor.
 */
export const heldTo = (engine: EngineName) =>
  PYTORCH.includes(engine) || engine.startsWith('unrolled') || engine === 'jax-js';

/**
 * By default glibc returns large blocks to the system at once, so their pages fault again in each step. These
 * settings reduce char-512's 45,000 page faults a step to none.
 */
const KEEP_MEMORY = { MALLOC_TRIM_THRESHOLD_: '4294967296', MALLOC_MMAP_THRESHOLD_: '4294967296' };
/** For MKL, oneDNN and PyTorch's own kernels, and for ours. */
const AVX2 = {
  ATEN_CPU_CAPABILITY: 'avx2',
  ONEDNN_MAX_CPU_ISA: 'AVX2',
  MKL_ENABLE_INSTRUCTIONS: 'AVX2',
  UNROLLED_NATIVE_INSTRUCTIONS: 'avx2',
};

/** Engines whose matrix product is measured, as the machine's limit. */
export const PRODUCT_ENGINES: readonly EngineName[] = [
  'unrolled',
  'unrolled-relaxed',
  'unrolled-native',
  'pytorch',
];

export const labelOf = ({ engine, threads }: Configuration) => `${engine} × ${threads}`;

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * How the process of a configuration is started.
 *
 * @param profile a folder for the CPU profiles of Node's processes
 * @param nodeFlags flags for Node's processes, by default those that this process was started with
 * @param instructions the widest instructions that it may use
 */
export function launchOf(
  { engine, threads, checkout }: Configuration,
  profile?: string,
  nodeVersion = process.versions.node,
  nodeFlags: readonly string[] = process.execArgv,
  instructions?: InstructionSet,
): Launch {
  const count = String(threads);
  const held = instructions === 'avx2' ? AVX2 : {};
  if (PYTORCH.includes(engine)) {
    return {
      command: process.env.UNROLLED_PYTHON ?? (process.platform === 'win32' ? 'python' : 'python3'),
      args: [fileURLToPath(new URL('../python/pytorch_engine.py', import.meta.url)), count],
      environment: {
        OMP_NUM_THREADS: count,
        MKL_NUM_THREADS: count,
        ...(engine === 'pytorch-malloc' && KEEP_MEMORY),
        ...held,
      },
    };
  }
  const relaxed = engine === 'unrolled-relaxed' && Number(nodeVersion.split('.')[0]) < 22;
  return {
    command: process.execPath,
    args: [
      ...nodeFlags,
      ...(relaxed ? ['--experimental-wasm-relaxed-simd'] : []),
      ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]),
      childOf(checkout),
      engine,
      count,
    ],
    environment: engine.endsWith('tensorflow')
      ? {
          OMP_NUM_THREADS: count,
          TF_NUM_INTRAOP_THREADS: count,
          TF_NUM_INTEROP_THREADS: '1',
          TF_CPP_MIN_LOG_LEVEL: '2',
          // selectBackend sets it, too; here it is set for tfjs-layers.
          TF_ENABLE_ONEDNN_OPTS: '1',
        }
      : held,
  };
}

function childOf(checkout: string | undefined): string {
  if (checkout !== undefined) return path.join(checkout, 'bench', 'dist', 'child.js');
  const built = new URL('./child.js', import.meta.url);
  return fileURLToPath(existsSync(built) ? built : new URL('../dist/child.js', import.meta.url));
}

/**
 * The number of trained parameters that an engine's model must report. PyTorch's LSTM has two biases a layer
 * instead of one. tfjs-layers' GRU is reset-before, with one bias less.
 */
export function expectedParameters(engine: EngineName, workload: Workload): number {
  if (workload.kind === 'task')
    return workload.parameters + (PYTORCH.includes(engine) ? workload.pytorchMore : 0);
  const { cell, layers, units } = workload;
  const count = parameterCount(workload);
  if (PYTORCH.includes(engine) && cell === 'lstm') return count + layers * 4 * units;
  // Its first layer looks up ids in tables, which have no bias.
  if (!PYTORCH.includes(engine) && cell === 'ownMinGru' && workload.inputKind === 'ids')
    return count - 2 * units;
  if (engine.startsWith('tfjs-layers') && cell === 'gru') return count - layers * 3 * units;
  return count;
}
