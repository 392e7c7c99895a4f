/** Starts an engine on the native kernels, where they can be had and agree with WebAssembly. */
import { tellFallback } from '../fallback';
import type { EngineOptions, Runtime, StartModule } from '../wasm/engine/runtime';
import { loadNative } from './load';
import { NativeJobs, type NativeLoader } from './native-jobs';
import { difference } from './self-test';

let load: NativeLoader = loadNative;

/** Takes native executors from elsewhere than the packages, for tests. */
export function setNativeLoader(other: NativeLoader): void {
  load = other;
}

/**
 * The runtime of an engine with native kernels, or a line saying why there is none.
 *
 * @param startModule starts the WebAssembly module, whose memory they compute in
 */
export async function startNative(
  threads: number,
  options: EngineOptions,
  startModule: StartModule,
): Promise<Runtime | string> {
  const native = nativeJobs(threads, options);
  if (typeof native === 'string') return native;
  // Threads of the module are for the jobs that are left to it.
  const module = await startModule(native.lacking.length > 0 ? threads : 1, options);
  const problem = difference(native, module.exports, module.memory.buffer);
  if (problem === undefined)
    return { ...module, native, executor: { name: 'native', reason: wordsOf(native) } };
  native.close();
  module.pool?.stop();
  const reason = `the native kernels were tried and ${problem}`;
  const message = `unrolled: WebAssembly computes, with the same results: ${reason}`;
  tellFallback({ caller: 'unrolled', passedOver: 'the native kernels', reasons: [reason], message });
  return reason;
}

/** Options that only WebAssembly has a use for. */
const FOR_WEBASSEMBLY = ['module', 'workerUrl', 'workerFactory'] as const;

function nativeJobs(threads: number, options: EngineOptions): NativeJobs | string {
  const { executor = 'auto', binary = 'auto' } = options;
  if (executor === 'webassembly') return 'WebAssembly was asked for';
  if (executor === 'auto') {
    if (binary !== 'auto') return `the ${binary} binary was asked for`;
    const own = FOR_WEBASSEMBLY.find((name) => options[name] !== undefined);
    if (own) return `the option ${own} was given`;
  }
  const loaded = load(threads, executor === 'native');
  return typeof loaded === 'string' ? loaded : new NativeJobs(loaded, threads);
}

function wordsOf({ instructionSet, lacking }: NativeJobs): string {
  return lacking.length > 0
    ? `${instructionSet}; WebAssembly computes ${lacking.join(', ')}`
    : instructionSet;
}
