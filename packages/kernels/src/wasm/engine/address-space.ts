import { nodeBuiltin } from './node-builtin';

/** What V8 sets aside for a WebAssembly memory, and for a thread's own heap and code, at most. */
const MEMORY_BYTES = 12 * 2 ** 30;
const THREAD_BYTES = 2 ** 30;

/**
 * Whether the system lets this process have the addresses for `threads` threads over a shared memory. Where
 * they are limited (ulimit -v, LimitAS) the start of a thread ends the process, which nothing can catch.
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
    return true; // Other systems have no such files, and hardly such limits.
  }
}
