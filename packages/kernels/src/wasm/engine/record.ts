/** The fields that may be left out. */
type Optional<V> = { [F in keyof V as undefined extends V[F] ? F : never]: V[F] };

/** A record in the memory of the WebAssembly module, as `abi/` declares it. */
export interface RecordType<V> {
  readonly bytes: number;
  /** The offset of each field in bytes. */
  readonly offsets: { readonly [F in keyof V]-?: number };
  /**
   * Every field, empty, though only what may be left out is seen of it. A record of many fields starts as a
   * copy: an object to which they are added one by one takes V8 a hundred times as long.
   */
  readonly blank: Optional<V>;
  /** Writes the record at the index `at`, its address / 4; an omitted field becomes 0. */
  write(int32: Int32Array, float32: Float32Array, at: number, values: V): void;
}
