import { nodeBuiltin } from './node-builtin';

/**
 * The maximum address space that V8 reserves for a WebAssembly memory, and for a thread's own heap and code.
 */
const MEMORY_BYTES = 12 * 2 ** 30;
const THREAD_BYTES = 2 ** 30;

/**
 * Whether the process may reserve enough address space for `threads` threads on a shared memory. Under a
 * limit (ulimit -v, LimitAS) a failed start of a thread ends the process, which cannot be caught.
 */
export function hasRoomForThreads(threads: number): boolean {
  const files = nodeBuiltin<{ readFileSync(file: string, encoding: 'latin1'): string }>('node:fs');
  try {
    const limits = files?.readFileSync('/proc/self/limits', 'latin1') ?? '';
    const limit = Number(/^Max address space +(\d+)/m.exec(limits)?.[1] ?? Infinity);
    if (limit === Infinity) return true;
    const status = files!.readFileSync('/proc/self/status', 'latin1');
    const taken = 1024 * Number(/^VmSize:\s*(\d+) kB/m.exec(status)?.[1] ?? 0);
    return limit - taken >= MEMORY_BYTES + threads * THREAD_BYTES;
  } catch {
    return true; // Other systems have no such files, and rarely such limits.
  }
}
