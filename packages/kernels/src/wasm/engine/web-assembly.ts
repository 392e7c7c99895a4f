/**
 * The part of the WebAssembly JavaScript API that the engine uses. With these types the package needs neither
 * Node's types nor the DOM's.
 */
export interface WasmMemory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}

/** A WebAssembly.Module. */
export type WasmModule = object;

interface WebAssemblyApi {
  validate(bytes: Uint8Array): boolean;
  compile(bytes: Uint8Array): Promise<WasmModule>;
  instantiate(module: WasmModule, imports: object): Promise<{ exports: unknown }>;
  Memory: new (limits: { initial: number; maximum: number; shared?: boolean }) => WasmMemory;
}

/** The host's WebAssembly object; undefined if it has none. */
export function webAssembly(): WebAssemblyApi | undefined {
  return (globalThis as { WebAssembly?: WebAssemblyApi }).WebAssembly;
}
