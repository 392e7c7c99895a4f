/** Starts an engine with the native kernels, if they are installed and their results match WebAssembly's. */
import { tellFallback } from '../fallback';
import type { EngineOptions, Runtime, StartModule } from '../wasm/engine/runtime';
import { loadNative } from './load';
import { NativeJobs, type NativeLoader } from './native-jobs';
import { difference } from './self-test';

let load: NativeLoader = loadNative;

/** Replaces the loader of native executors, for tests. */
export function setNativeLoader(other: NativeLoader): void {
  load = other;
}

/**
 * The runtime of an engine with native kernels, or a line with the reason why there is none.
 *
 * @param startModule starts the WebAssembly module, whose memory the native kernels use
 */
export async function startNative(
  threads: number,
  options: EngineOptions,
  startModule: StartModule,
): Promise<Runtime | string> {
  const native = nativeJobs(threads, options);
  if (typeof native === 'string') return native;
  // The module needs threads only if it runs some of the jobs.
  const module = await startModule(native.lacking.length > 0 ? threads : 1, options);
  const problem = difference(native, module.exports, module.memory.buffer);
  if (problem === undefined)
    return { ...module, native, executor: { name: 'native', reason: wordsOf(native) } };
  native.close();
  module.pool?.stop();
  const reason = `the native kernels were tried, and ${problem}`;
  const message = `unrolled: the native kernels are not used; WebAssembly computes the same results: ${reason}`;
  tellFallback({ caller: 'unrolled', passedOver: 'the native kernels', reasons: [reason], message });
  return reason;
}

/** Options that apply to WebAssembly only. */
const FOR_WEBASSEMBLY = ['module', 'workerUrl', 'workerFactory'] as const;

function nativeJobs(threads: number, options: EngineOptions): NativeJobs | string {
  const { executor = 'auto', binary = 'auto' } = options;
  if (executor === 'webassembly') return 'WebAssembly was requested';
  if (executor === 'auto') {
    if (binary !== 'auto') return `the ${binary} binary was requested`;
    const own = FOR_WEBASSEMBLY.find((name) => options[name] !== undefined);
    if (own) return `the option ${own} was given`;
  }
  const loaded = load(threads, executor === 'native');
  return typeof loaded === 'string' ? loaded : new NativeJobs(loaded, threads);
}

function wordsOf({ instructionSet, lacking }: NativeJobs): string {
  return lacking.length > 0 ? `${instructionSet}; ${lacking.join(', ')} in WebAssembly` : instructionSet;
}
