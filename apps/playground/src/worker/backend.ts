/** Starts the kernels, and reports the engine. */
import { onFallback, unrolledBackendInfo, useUnrolledBackend } from '@unrolled/kernels';
import plainUrl from '@unrolled/kernels/plain.wasm?url';
import plainThreadsUrl from '@unrolled/kernels/plain-threads.wasm?url';
import relaxedUrl from '@unrolled/kernels/relaxed.wasm?url';
import relaxedThreadsUrl from '@unrolled/kernels/relaxed-threads.wasm?url';
// The page's policy does not allow Workers from blobs, so threads are started from this file.
import threadUrl from '@unrolled/kernels/worker?url';
import type { Choice } from '../choice';
import type { Machine } from '../messages';
import { hasRelaxedSimd, hasSimd } from './simd';

type Binary = Machine['binary'];

const FILES: Readonly<Record<Binary, { readonly single: string; readonly threads: string }>> = {
  plain: { single: plainUrl, threads: plainThreadsUrl },
  relaxed: { single: relaxedUrl, threads: relaxedThreadsUrl },
};

/** Compiled once; later backends reuse the module. */
const modules = new Map<string, Promise<WebAssembly.Module>>();

let problem: string | undefined;
onFallback(({ reasons }) => {
  problem = reasons.join(', ');
});

/** The error for a browser that cannot run the kernels. The page explains it in the selected language. */
export class NoSimd extends Error {
  readonly code = 'no-simd';
}

/**
 * @param threads number of threads, if the page may share memory
 * @throws NoSimd if the browser lacks an instruction set that the kernels need
 */
export async function startBackend(simd: Choice['simd'], threads: number): Promise<Machine> {
  if (!hasSimd() || (simd === 'relaxed' && !hasRelaxedSimd())) throw new NoSimd('no WebAssembly SIMD');
  const binary: Binary = simd === 'plain' || !hasRelaxedSimd() ? 'plain' : 'relaxed';
  const isShared = self.crossOriginIsolated && threads > 1;
  const url = FILES[binary][isShared ? 'threads' : 'single'];
  const module = await moduleAt(url);
  problem = undefined;
  const workerUrl = new URL(threadUrl, self.location.href).href;
  await useUnrolledBackend({ threads: isShared ? threads : 1, module, workerUrl });
  return { binary, threads: unrolledBackendInfo()!.threads, problem };
}

function moduleAt(url: string): Promise<WebAssembly.Module> {
  const known = modules.get(url);
  if (known) return known;
  const made = fetch(url)
    // compileStreaming would fail with a file server that does not know the type of .wasm.
    .then((response) => {
      if (!response.ok) throw new Error(`${url}: ${response.status}`);
      return response.arrayBuffer();
    })
    .then((bytes) => WebAssembly.compile(bytes));
  modules.set(url, made);
  made.catch(() => modules.delete(url));
  return made;
}
