/** A record in the memory of the WebAssembly module, as `abi/` declares it. */
export interface RecordType<V> {
  readonly bytes: number;
  /** The offset of each field in bytes. */
  readonly offsets: { readonly [F in keyof V]-?: number };
  /** Writes the record at the index `at`, its address / 4; a field that is left out becomes 0. */
  write(int32: Int32Array, float32: Float32Array, at: number, values: V): void;
}
